"""Write the cells of the exercise notebooks from the records in activations.exercises.

A record holds the prompt, the learner's cell, the hint and the solution. This program puts the cells made from it
where they belong in chapters/<chapter>/exercises.ipynb, and leaves every other cell (the opening, a remark between two
exercises) where it stands. A new chapter's notebook is begun with an opening to complete.

    python tools/exercises.py rectified     refresh that notebook; then run it:  make notebooks ONLY=chapters/rectified
    python tools/exercises.py               refresh them all
"""

import argparse
import sys
from pathlib import Path

import nbformat
import notebooks

from activations import exercises

SET_UP = "import numpy as np\n\nfrom activations.exercises import Folded, check, hint, show, solution"


def path_of(chapter: str, root: Path = notebooks.ROOT) -> Path:
    """Return where the exercises of a chapter stand."""
    return root / "chapters" / chapter.replace("_", "-") / "exercises.ipynb"


def cells_of(record, number: int) -> list:
    """Return the cells of one exercise. Their ids say which is which."""
    unit = "minute" if record.minutes == 1 else "minutes"
    heading = f"## {number}. {record.title}\n\n*{record.kind.capitalize()} · {record.minutes} {unit}*"
    cells = [cell("markdown", f"{record.id}-prompt", f"{heading}\n\n{record.prompt}")]
    if record.show is not None:
        cells.append(cell("code", f"{record.id}-show", f'show("{record.id}")'))
    cells.append(cell("code", f"{record.id}-answer", record.stub))
    cells.append(cell("code", f"{record.id}-check", f'check("{record.id}", {record.name})'))
    if record.after:
        cells.append(cell("code", f"{record.id}-after", record.after))
    # The page shows the lines that unfold, without the code that makes them.
    for word in ("hint", "solution"):
        cells.append(cell("code", f"{record.id}-{word}", f'{word}("{record.id}")', tags=["remove-input"]))
    return cells


def cell(kind: str, identity: str, source: str, tags: list | None = None):
    """Return a cell as tools/notebooks.py leaves one that has not been run."""
    make = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
    return make(source, id=identity, metadata={"tags": tags} if tags else {})


def opening(chapter: str) -> list:
    """Return the first cells of a new notebook, to be completed by hand."""
    total = sum(record.minutes for record in exercises.of_chapter(chapter))
    title = f"# Exercises: {chapter.replace('_', ' ')}"
    text = f"{title}\n\n**You practise**: …\n\n**You need**: …\n\n**Time**: {total} minutes."
    return [cell("markdown", "opening", text), cell("code", "set-up", SET_UP)]


def refreshed(old, chapter: str):
    """Return a notebook with the exercises of a chapter as they are now; other cells keep their neighbour above."""
    records = exercises.of_chapter(chapter)
    made = [c for number, record in enumerate(records, start=1) for c in cells_of(record, number)]
    ids = {c.id for c in made}
    stale = tuple(f"-{part}" for part in ("prompt", "show", "answer", "check", "after", "hint", "solution"))
    others = {None: []}
    above = None
    for c in old.cells:
        if c.id in ids:
            above = c.id
            others[above] = []
        elif not c.id.endswith(stale):  # else: a cell of an exercise that is gone
            others[above].append(c)
    cells = list(others[None])
    for c in made:
        cells += [c, *others.get(c.id, [])]
    return nbformat.v4.new_notebook(cells=cells)


def spliced(notebook, answers: dict[str, str]):
    """Return a copy of a notebook in which learners have filled in their cells: exercise id to source."""
    copy = nbformat.from_dict(notebook)
    for c in copy.cells:
        identity, _, part = c.id.rpartition("-")
        if part == "answer" and identity in answers:
            c.source = answers[identity]
    return copy


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", default=exercises.CHAPTERS)
    for chapter in parser.parse_args().chapters:
        path = path_of(chapter)
        old = notebooks.read(path) if path.exists() else nbformat.v4.new_notebook(cells=opening(chapter))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(notebooks.dumps(refreshed(old, chapter)), encoding="utf-8", newline="\n")
        print(f"{notebooks.shown(path)}: {len(exercises.of_chapter(chapter))} exercises")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The exercise notebooks hold what the records say, run with every solution, and survive what learners do."""

import exercises as tool
import nbformat
import notebooks
import pytest
from nbclient import NotebookClient

from activations.exercises import CHAPTERS, of_chapter

every_chapter = pytest.mark.parametrize("chapter", CHAPTERS)


def text_of(cell):
    return "".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)


def run(notebook):
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    return {cell.id: text_of(cell) for cell in notebook.cells if cell.cell_type == "code"}


@every_chapter
def test_cells_are_those_of_the_records(chapter):
    old = notebooks.read(tool.path_of(chapter))

    def shape(notebook):
        return [(c.id, c.cell_type, c.metadata.get("tags"), c.source) for c in notebook.cells]

    assert shape(old) == shape(tool.refreshed(old, chapter)), (
        "run: python tools/exercises.py, then make notebooks"
    )


@every_chapter
def test_opening_says_what_is_needed(chapter):
    opening = notebooks.read(tool.path_of(chapter)).cells[0].source
    total = sum(record.minutes for record in of_chapter(chapter))
    for words in ("**You practise**", "**You need**", f"{total} minutes"):
        assert words in opening
    assert "…" not in opening


@every_chapter
def test_stored_checks_read_not_attempted(chapter):
    cells = {c.id: c for c in notebooks.read(tool.path_of(chapter)).cells}
    for record in of_chapter(chapter):
        assert text_of(cells[f"{record.id}-check"]) == f"{record.id}: not attempted yet.\n"


@every_chapter
def test_every_solution_runs_in_its_place(chapter):
    answers = {record.id: record.solution_source for record in of_chapter(chapter)}
    texts = run(tool.spliced(notebooks.read(tool.path_of(chapter)), answers))
    for exercise_id in answers:
        assert texts[f"{exercise_id}-check"].startswith(f"{exercise_id}: correct.")


def test_refreshing_keeps_other_cells_and_drops_old_exercises():
    chapter = CHAPTERS[0]
    first = of_chapter(chapter)[0].id
    remark = nbformat.v4.new_markdown_cell("A remark.", id="remark")
    gone = nbformat.v4.new_code_cell("gone = ...", id="gone-answer")
    old = tool.refreshed(nbformat.v4.new_notebook(cells=tool.opening(chapter)), chapter)
    place = [c.id for c in old.cells].index(f"{first}-check") + 1
    old.cells[place:place] = [remark, gone]
    ids = [c.id for c in tool.refreshed(old, chapter).cells]
    assert ids[ids.index("remark") - 1] == f"{first}-check"
    assert "gone-answer" not in ids


LIVE = {
    "loop": ("def answer(x):\n    while True:\n        pass", "had not finished"),
    "stubborn": (
        "def answer(x):\n    while True:\n        try: pass\n        except BaseException: pass",
        "had not finished",
    ),
    "exit": ("def answer(x):\n    exit()", "tries to end Python"),
    "os-exit": ("import os\ndef answer(x):\n    os._exit(1)", "tries to end Python"),
    "input": ("def answer(x):\n    return input()", "input() is not possible"),
    "line": ("def answer(x):\n    y = x\n    return y / 'two'", "in its line 3: return y / 'two'"),
    "prints": ("def answer(x):\n    print('noise')\n    return abs(x)", "Right for x > 0"),
}


def test_a_live_kernel_survives():
    setup = "from activations.exercises import check, isolation\nkept = 1"
    cells = [nbformat.v4.new_code_cell(setup)]
    for how in ("True", "False"):
        cells.append(nbformat.v4.new_code_cell(f"isolation.FORK = isolation.FORK and {how}"))
        for name, (source, _) in LIVE.items():
            code = f"{source}\n\ncheck('relu', answer, seconds=1)"
            cells.append(nbformat.v4.new_code_cell(code, id=f"{name}-{how}"))
    cells.append(nbformat.v4.new_code_cell("print(kept, exit)", id="end"))
    texts = run(nbformat.v4.new_notebook(cells=cells))
    for how in ("True", "False"):
        for name, (_, words) in LIVE.items():
            assert words in texts[f"{name}-{how}"]
            assert "noise" not in texts[f"{name}-{how}"]
    assert texts["end"].startswith("1 <IPython")  # the same kernel, with its own exit
    picture = next(c for c in cells if c.get("id") == "prints-True").outputs[-1]
    assert picture.output_type == "display_data" and "<svg" in picture.data["text/html"]

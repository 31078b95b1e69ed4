"""Run the book's notebooks and write the outputs that belong in git.

This is the only program that writes notebook outputs. It runs each notebook in a fresh kernel, from the
notebook's own folder, and keeps printed text and the text form of results. Pictures, HTML and widget state
are dropped: the book build makes them anew, and diffs stay small.

    python tools/notebooks.py                      run and rewrite every notebook of the book
    python tools/notebooks.py chapters/rectified   ... only those in this folder (or named files)
    python tools/notebooks.py --check              run nothing; list the notebooks that it would rewrite
    python tools/notebooks.py --twice              run each twice; list the cells whose text differs
"""

import argparse
import hashlib
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import nbformat
import yaml
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2
CELL_TIMEOUT = 300  # seconds

KEPT_CELL_METADATA = {"tags", "mystnb"}
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")  # <object at 0x7f...>: another one in every run


def toc_entries(root: Path = ROOT) -> list[str]:
    """Return the pages of _toc.yml in reading order, as written there (without a suffix)."""

    def walk(node):
        for key in ("root", "file"):
            if key in node:
                yield str(node[key])
        for key in ("parts", "chapters", "sections", "entries", "subtrees"):
            for child in node.get(key, ()):
                yield from walk(child)

    return list(walk(yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))))


def listed(root: Path = ROOT) -> list[Path]:
    """Return the notebooks of the book in reading order."""
    paths = (root / f"{entry.removesuffix('.ipynb')}.ipynb" for entry in toc_entries(root))
    return [path for path in paths if path.exists()]


def read(path: Path):
    """Read a notebook in the current format."""
    return nbformat.read(path, as_version=4)


def execute(path: Path):
    """Run a notebook in a fresh kernel, from its own folder, and return it with everything it put out."""
    notebook = read(path)
    NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        coalesce_streams=True,
        record_timing=False,
    ).execute()
    return notebook


def execute_all(paths: list[Path], workers: int = WORKERS):
    """Run notebooks side by side and yield (path, notebook or None, seconds); print a line as each ends."""
    # Two kernels on two cores: a thread each for linear algebra is faster than two that compete.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

    def timed(path):
        start = time.perf_counter()
        try:
            return execute(path), None, time.perf_counter() - start
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            return None, str(error).strip(), time.perf_counter() - start

    with ThreadPoolExecutor(workers) as pool:
        jobs = {pool.submit(timed, path): path for path in paths}
        for done, job in enumerate(as_completed(jobs), start=1):
            path = jobs[job]
            notebook, error, seconds = job.result()
            verdict = "" if error is None else "  FAILED"
            print(f"  [{done}/{len(paths)}] {shown(path)}  {seconds:.1f} s{verdict}", flush=True)
            if error is not None:
                print(error, file=sys.stderr, flush=True)
            yield path, notebook, seconds


def shown(path: Path) -> str:
    """Return the path as a person would write it: from the root of the repository where it lies below."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def normalise(notebook):
    """Return a new notebook with only what belongs in git: sources, tags, counts, text."""
    cells, count, ids = [], 0, set()
    for index, old in enumerate(notebook.cells):
        metadata = {key: value for key, value in old.metadata.items() if key in KEPT_CELL_METADATA and value}
        cell = nbformat.from_dict(
            {"cell_type": old.cell_type, "id": old.get("id"), "metadata": metadata, "source": old.source}
        )
        if not cell.id or cell.id in ids:
            cell.id = hashlib.sha256(f"{index} {old.source}".encode()).hexdigest()[:8]
        ids.add(cell.id)
        if old.cell_type == "code":
            executed = old.execution_count is not None
            count += executed
            cell.execution_count = count if executed else None
            cell.outputs = [kept for output in old.outputs if (kept := normalise_output(output, count))]
            merge_streams(cell.outputs)
        cells.append(cell)
    return nbformat.from_dict(
        {
            "cells": cells,
            "metadata": {
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def normalise_output(output, count):
    """Return one output reduced to its text, or None if it has none. Errors stay: the tests must see them."""
    if output.output_type in ("stream", "error"):
        return output
    if "text/plain" not in output.data:
        return None
    kept = {
        "data": {"text/plain": output.data["text/plain"]},
        "metadata": {},
        "output_type": output.output_type,
    }
    if output.output_type == "execute_result":
        kept["execution_count"] = count
    return nbformat.from_dict(kept)


def merge_streams(outputs):
    """Join neighbouring pieces of one stream in place: where a kernel cuts them is a matter of timing."""
    for i in range(len(outputs) - 1, 0, -1):
        before, this = outputs[i - 1], outputs[i]
        if before.output_type == this.output_type == "stream" and before.name == this.name:
            before.text += this.text
            del outputs[i]


def dumps(notebook) -> str:
    """Return the one text that a normalised notebook has in git."""
    return (
        nbformat.writes(normalise(notebook), indent=1, sort_keys=True, ensure_ascii=False).rstrip("\n") + "\n"
    )


def cell_texts(notebook):
    """Yield (count, text) for each code cell: all that a reader of the stored outputs sees."""
    for cell in normalise(notebook).cells:
        if cell.cell_type == "code":
            parts = (o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)
            yield cell.execution_count, "\n".join(parts)


def unstable(first, second=None) -> list[str]:
    """Say which cells print object addresses and, given a second run, which print something else in it."""
    others = dict(cell_texts(second)) if second else {}
    found = []
    for count, text in cell_texts(first):
        if ADDRESS.search(text):
            found.append(
                f"cell {count} prints an object's address: give the object a repr, or end the line otherwise"
            )
        elif others.get(count, text) != text:
            found.append(f"cell {count} prints different text in a second run")
    return found


def chosen(names: list[str]) -> list[Path]:
    """Return the notebooks named on the command line, folders opened; all listed ones if none is named."""
    if not names:
        return listed()
    paths = []
    for name in map(Path, names):
        found = (
            sorted(p for p in name.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
            if name.is_dir()
            else [name]
        )
        if not found or not all(path.exists() for path in found):
            sys.exit(f"no notebook at {name}")
        paths += [path.resolve() for path in found]
    return paths


def check(paths: list[Path]) -> int:
    """List the notebooks whose file is not what this program would write."""
    wrong = [path for path in paths if path.read_text(encoding="utf-8") != dumps(read(path))]
    for path in wrong:
        print(f"not normalised: {shown(path)}   (run: make notebooks)")
    print(f"{len(paths) - len(wrong)} of {len(paths)} notebooks are normalised")
    return bool(wrong)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "names", nargs="*", metavar="NOTEBOOK", help="files or folders; default: all of _toc.yml"
    )
    parser.add_argument("--check", action="store_true", help="only say which are not normalised")
    parser.add_argument("--twice", action="store_true", help="run twice and compare the texts")
    parser.add_argument("--workers", type=int, default=WORKERS)
    args = parser.parse_args()
    paths = chosen(args.names)
    if args.check:
        return check(paths)

    os.environ["COURSE_STATIC"] = "0"  # only text is kept: explorers need not draw all their states
    start, problems = time.perf_counter(), 0
    print(f"Running {len(paths)} notebooks, {args.workers} at a time")
    first = {}
    for path, notebook, _ in execute_all(paths, args.workers):
        if notebook is None:
            problems += 1
            continue
        first[path] = notebook
        path.write_text(dumps(notebook), encoding="utf-8", newline="\n")
    second = {}
    if args.twice:
        print("Running them again")
        second = {path: notebook for path, notebook, _ in execute_all(list(first), args.workers)}
    for path, notebook in first.items():
        for problem in unstable(notebook, second.get(path)):
            problems += 1
            print(f"{shown(path)}: {problem}", file=sys.stderr)
    seconds = time.perf_counter() - start
    print(f"{len(first)} of {len(paths)} notebooks written in {seconds:.0f} s, {problems} problems")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())

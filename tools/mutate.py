"""Break the functions of the package one at a time and see whether the lessons' stored outputs notice.

A notebook that is compared with its stored outputs is a test, if it has teeth: a lesson on a function should fail when
the function is wrong. This program plants every mutant of tests/mutants.py in the functions of a family and runs the
family's lesson, until a cell prints something else than what is stored, or raises. It compares what strict nbval
compares: streams and the plain text of results.

    python tools/mutate.py                          every family
    python tools/mutate.py rectified softmax        these families
    python tools/mutate.py rectified --nbval 3      ... and three mutants, drawn at random, through nbval itself

The exit status is 1 if an essential mutant survives: a constant, the other sign, or the other side of a joint.

It is fast since nothing runs twice. A first run in this process finds out which cell is the first to call which
function. In a second one, each mutant gets a process of its own, forked off before that cell.
"""

import argparse
import contextlib
import io
import os
import pickle
import random
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

os.environ.setdefault("COURSE_STATIC", "0")  # explorers need not draw all their states
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import notebooks  # noqa: E402
from IPython.core.displayhook import DisplayHook  # noqa: E402
from IPython.core.displaypub import DisplayPublisher  # noqa: E402
from IPython.core.interactiveshell import InteractiveShell  # noqa: E402
from traitlets.config import Config  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import mutants  # noqa: E402

from activations import catalogue  # noqa: E402

CELL_TIMEOUT = 120  # seconds; a mutant may well make a loop endless
WORKERS = 2
CONTROL = "nothing at all"
ESSENTIAL = ("a constant", "the other sign", " as on its ")


class Notebook:
    """A notebook that runs in this process, cell by cell, with its outputs caught."""

    def __init__(self, path):
        self.path = path
        self.cells = [
            cell for cell in notebooks.normalise(notebooks.read(path)).cells if cell.cell_type == "code"
        ]
        # Without the history: its database does not survive a fork.
        self.shell = InteractiveShell(
            user_ns={"__name__": "__main__"}, config=Config({"HistoryManager": {"enabled": False}})
        )
        InteractiveShell._instance = self.shell  # what get_ipython() and display() find
        self.caught = {}
        self.shell.display_pub = Publisher(self)
        self.shell.displayhook = self.shell.display_trap.hook = Hook(self)

    def add(self, kind, text):
        self.caught.setdefault(kind, []).append(text)

    def run(self, i):
        """Run a cell; say how its outputs differ from what is stored, or return an empty string."""
        self.caught = {}
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), alarm(CELL_TIMEOUT):
            result = self.shell.run_cell(self.cells[i].source, store_history=True, silent=False)
        for name, stream in (("stdout", out), ("stderr", err)):
            if stream.getvalue():
                self.add(name, stream.getvalue())
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            return f"raises {type(error).__name__}: {error}"
        if "nbval-ignore-output" in self.cells[i].metadata.get("tags", ()):
            return ""
        stored = self.stored(i)
        return "" if self.caught == stored else f"prints {shorten(self.caught)} instead of {shorten(stored)}"

    def stored(self, i):
        """The stored outputs of a cell, as nbval gathers them: a list of texts for each kind."""
        found = {}
        for output in self.cells[i].outputs:
            kind = output.name if output.output_type == "stream" else "text/plain"
            text = output.text if output.output_type == "stream" else output.data["text/plain"]
            found.setdefault(kind, []).append(text)
        return {
            kind: ["".join(texts)] if kind in ("stdout", "stderr") else texts for kind, texts in found.items()
        }


class Hook(DisplayHook):
    """Catches the result of a cell's last line."""

    def __init__(self, notebook):
        super().__init__(shell=notebook.shell)
        self.notebook = notebook

    def __call__(self, result=None):
        if result is not None:
            self.notebook.shell.user_ns["_"] = result
            self.notebook.add("text/plain", self.compute_format_data(result)[0]["text/plain"])


class Publisher(DisplayPublisher):
    """Catches what display() shows."""

    def __init__(self, notebook):
        super().__init__(shell=notebook.shell)
        self.notebook = notebook

    def publish(self, data, metadata=None, **more):
        if "text/plain" in data:
            self.notebook.add("text/plain", data["text/plain"])


@contextlib.contextmanager
def alarm(seconds):
    def ring(signum, frame):
        raise TimeoutError(f"still running after {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def shorten(outputs, length=60):
    text = " ".join(" ".join(part.split()) for texts in outputs.values() for part in texts)
    return repr(text if len(text) <= length else text[: length - 1] + "…")


def first_calls(path, records):
    """Run a notebook as it is; return the first cell that calls each function, and the cells that differ already."""
    first, differ, current = {}, {}, 0

    def watched(original, key):
        def function(*args, **params):
            first.setdefault(key, current)
            return original(*args, **params)

        return function

    originals = {}
    for record in records:
        for field in mutants.fields(record):
            originals[record, field] = getattr(record, field)
            object.__setattr__(record, field, watched(originals[record, field], (record.name, field)))
    notebook = Notebook(path)
    for current in range(len(notebook.cells)):  # noqa: B020
        if difference := notebook.run(current):
            differ[current] = difference
    return first, differ


def verdict(notebook, start, record, mutant, ignored):
    """Run the rest of a notebook with a mutant; return the cell that noticed and how, or None."""
    with mutants.planted(record, mutant):
        for i in range(start, len(notebook.cells)):
            difference = notebook.run(i)
            if difference and i not in ignored:
                return i + 1, difference
    return None


def in_child(function, *args):
    """Start a function in a forked process; return the process and the file that its result will be in."""
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    status = 1
    try:
        os.close(read)
        with os.fdopen(write, "wb") as pipe:
            pickle.dump(function(*args), pipe)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def result_of(pid, read):
    with os.fdopen(read, "rb") as pipe:
        data = pipe.read()
    os.waitpid(pid, 0)
    if not data:
        raise RuntimeError("a process died")
    return pickle.loads(data)


def controls(record):
    """Mutants that change nothing. One that is noticed means that this program is wrong."""
    for field in mutants.fields(record):
        original = getattr(record, field)
        yield mutants.Mutant(
            field, CONTROL, lambda *args, _original=original, **params: _original(*args, **params)
        )


def examine(family):
    """Try every mutant of a family on its lesson; yield record, mutant and what noticed it: (cell, how), or None."""
    path = ROOT / "chapters" / family / "lesson.ipynb"
    records = [r for r in catalogue.families[family]]
    planted = [
        (record, mutant) for record in records for mutant in (*controls(record), *mutants.mutants(record))
    ]
    os.chdir(path.parent)
    first, differ = result_of(*in_child(first_calls, path, records))
    for cell, difference in differ.items():
        print(f"  cell {cell + 1} {difference}, without any mutant: it is left out")
    notebook, running = Notebook(path), []
    waiting = {}
    for record, mutant in planted:
        start = first.get((record.name, mutant.field))
        if start is None:
            yield record, mutant, None
        else:
            waiting.setdefault(start, []).append((record, mutant))
    for i in range(max(waiting, default=-1) + 1):
        for record, mutant in waiting.get(i, ()):
            if len(running) == WORKERS:
                yield finish(running.pop(0))
            running.append((record, mutant, in_child(verdict, notebook, i, record, mutant, differ)))
        notebook.run(i)
    for entry in running:
        yield finish(entry)


def finish(entry):
    record, mutant, child = entry
    return record, mutant, result_of(*child)


PLANT = """\
import sys
sys.path.insert(0, {tests!r})
import mutants
from activations import catalogue
record = catalogue[{name!r}]
mutant = next(m for m in mutants.mutants(record) if str(m) == {mutant!r})
object.__setattr__(record, mutant.field, mutant.function)
del sys, mutants, catalogue, record, mutant
"""


def through_nbval(family, record, mutant):
    """Run nbval itself on the lesson, in kernels that start with a mutant; return whether it fails."""
    with tempfile.TemporaryDirectory() as folder:
        startup = Path(folder) / "profile_default" / "startup"
        startup.mkdir(parents=True)
        code = PLANT.format(tests=str(ROOT / "tests"), name=record.name, mutant=str(mutant))
        (startup / "00-mutant.py").write_text(code, encoding="utf-8")
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "tests.nbval_mimetypes", "--nbval", "-x", "-q"]
            + [f"chapters/{family}/lesson.ipynb"],
            cwd=ROOT,
            env={**os.environ, "IPYTHONDIR": folder},
            capture_output=True,
            text=True,
            check=False,
        )
    if run.returncode not in (0, 1):
        raise RuntimeError(run.stdout + run.stderr)
    return run.returncode == 1


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("families", nargs="*", metavar="FAMILY", help="default: all")
    parser.add_argument(
        "--nbval", type=int, default=0, metavar="N", help="check N verdicts a family through nbval"
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="say of each mutant which cell noticed it"
    )
    args = parser.parse_args()
    families = args.families or list(catalogue.families)
    if unknown := set(families) - set(catalogue.families):
        parser.error(f"no such family: {', '.join(unknown)}; there are {', '.join(catalogue.families)}")

    total = caught = essential = problems = 0
    for family in families:
        start = time.perf_counter()
        print(f"{family}:", flush=True)
        found = list(examine(family))
        # What a control notices is no sign of a mutant: that cell prints something else now and then.
        unstable = {
            noticed[0]: noticed[1] for _, mutant, noticed in found if mutant.fault == CONTROL and noticed
        }
        for cell, difference in unstable.items():
            print(f"  cell {cell} {difference}, though nothing was changed")
        found = [entry for entry in found if entry[1].fault != CONTROL]
        survivors = [(r, m) for r, m, noticed in found if noticed is None or noticed[0] in unstable]
        if args.verbose:
            for record, mutant, noticed in found:
                how = f"cell {noticed[0]} {noticed[1]}" if noticed else "survives"
                print(f"  {record.name}, {mutant}: {how}")
        for record, mutant in survivors:
            is_essential = any(words in mutant.fault for words in ESSENTIAL)
            essential += is_essential
            print(f"  survives{' (essential)' if is_essential else ''}: {record.name}, {mutant}")
        total, caught = total + len(found), caught + len(found) - len(survivors)
        seconds = time.perf_counter() - start
        print(f"  {len(found) - len(survivors)} of {len(found)} caught, {seconds:.0f} s", flush=True)
        problems += len(unstable)
        for record, mutant, noticed in random.Random(0).sample(found, min(args.nbval, len(found))):
            agrees = through_nbval(family, record, mutant) == (noticed is not None)
            problems += not agrees
            print(f"  nbval {'agrees' if agrees else 'DISAGREES'}: {record.name}, {mutant}", flush=True)
    print(f"{caught} of {total} mutants caught; {essential} essential ones survive")
    return bool(essential or problems)


if __name__ == "__main__":
    sys.exit(main())

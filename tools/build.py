"""Build the book into _build/html, strictly: a warning, a broken reference or a failing cell is an error.

Notebooks run two at a time, with a line for each. Their outputs are kept in _build/.jupyter_cache, so a
notebook runs again only when its code changed, or anything that all notebooks depend on: the package in src,
the pinned requirements, the version of Python.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from notebooks import ROOT, execute_all, listed, read

BUILD = ROOT / "_build"
CACHE = BUILD / ".jupyter_cache"
MADE = {"__pycache__", ".ipynb_checkpoints"}  # folders that running the code leaves behind
PAGES = [BUILD / "html", BUILD / ".doctrees", BUILD / "jupyter_execute"]


def digest(*patterns: str) -> str:
    """Return one hash of the version of Python and of all files that match, names and contents.

    Pages are left out: jupyter-cache and Sphinx know when those change.
    """
    total = hashlib.sha256(sys.version.encode())
    for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern)):
        made = any(part in MADE or part.endswith(".egg-info") for part in path.parts)
        if path.is_file() and not made and path.suffix not in {".ipynb", ".md"}:
            total.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return total.hexdigest()


def discard_if_changed(stamp: Path, current: str, stale: list[Path]) -> None:
    """Remove `stale` unless the last build left the same digest in `stamp`; then leave the new one."""
    if not stamp.exists() or stamp.read_text() != current:
        for path in stale:
            shutil.rmtree(path, ignore_errors=True)
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(current)


def discard_stale() -> None:
    """Remove what an earlier build left, where it may no longer be true.

    jupyter-cache knows a notebook by its own cells, and Sphinx a page by its own source; neither sees a
    change in the package that the cells import.
    """
    code = digest("src/**/*", "requirements.txt", "tools/notebooks.py", "chapters/**/*", "reference/**/*")
    pages = digest("_config.yml", "_toc.yml", "references.bib", "assets/*", "tools/*.py", "requirements.txt")
    discard_if_changed(BUILD / "code.sha256", code, [CACHE, *PAGES])
    discard_if_changed(BUILD / "pages.sha256", pages, PAGES)


def run_notebooks() -> bool:
    """Run the notebooks that the cache does not hold, and put them there. Return whether all went well."""
    cache = get_cache(CACHE)

    def cached(path):
        try:
            return bool(cache.match_cache_notebook(read(path)))
        except KeyError:
            return False

    os.environ["COURSE_STATIC"] = "1"  # explorers store all their states, for pages without a kernel
    every = listed()
    todo = [path for path in every if not cached(path)]
    print(f"Notebooks: {len(every) - len(todo)} unchanged, {len(todo)} to run", flush=True)
    well = True
    for path, notebook, seconds in execute_all(todo):
        if notebook is None:
            well = False
        else:
            bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    return well


def make_pages() -> bool:
    """Let Jupyter Book make the pages. Return whether it had nothing to complain of."""
    print("Pages: jupyter-book build", flush=True)
    book = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", str(ROOT), "-q"]
    done = subprocess.run([*book, "-W", "-n", "--keep-going"], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        print(done.stdout)
        # Sphinx reads a page once: without this, the next build would not repeat the warning, and pass.
        shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
    return done.returncode == 0


def main() -> int:
    start = time.perf_counter()
    discard_stale()
    if not run_notebooks():
        print("\nNot built: a notebook failed, see above.", file=sys.stderr)
        return 1
    if not make_pages():
        print("\nNot built: see the warnings above; each counts as an error.", file=sys.stderr)
        return 1
    print(f"\nThe book is ready after {time.perf_counter() - start:.0f} s. Open it in a browser:")
    print(f"  {BUILD / 'html' / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A pytest plugin for strict nbval: compare what tools/notebooks.py stores, which is text.

The kernel also sends pictures, HTML and widget views. They are not stored, so there is nothing to compare
them with; the tests of the built book look at them instead. The Makefile loads this file with `-p`.
"""

import pytest
from nbval.plugin import IPyNbFile

NOT_STORED = (
    "text/html",
    "text/markdown",
    "text/latex",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "application/javascript",
    "application/json",
    "application/vnd.jupyter.widget-view+json",
)


@pytest.hookimpl(hookwrapper=True)
def pytest_collect_file(file_path, parent):
    outcome = yield
    for collector in outcome.get_result() or ():
        if isinstance(collector, IPyNbFile):
            collector.skip_compare += NOT_STORED

"""What all tests share."""

import os
from pathlib import Path

import matplotlib
import pytest

# Tests draw, but never on a screen.
matplotlib.use("Agg")
# Sums come out in the same order, and parallel test processes do not fight for cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return Path(__file__).resolve().parents[1]

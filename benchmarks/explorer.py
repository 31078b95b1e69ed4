"""Weigh and time explorers without a book: drawing a state, size in the page, and input to painted frame.

    python benchmarks/explorer.py

The last explorer is much larger than a lesson should have: 651 states of two curves with 201 points each.
"""

import gzip
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from pages import ARGUMENTS, SAMPLES, TIME_EXPLORER, find_browser
from playwright.sync_api import sync_playwright

from activations import explore, leaky_relu, relu, threshold


def two_curves(fig, alpha, beta):
    ax = fig.subplots()
    x = np.linspace(-5, 5, 201)
    y = np.tanh(alpha * x) + beta * np.sin(x)
    ax.plot(x, y)
    ax.plot(x, np.gradient(y, x))
    ax.set(ylim=(-3, 3), xlabel="x")
    return f"At most {y.max():.3f}."


def bars(fig, n):
    """Ticks and bars that come and go: stored as whole frames."""
    ax = fig.subplots()
    ax.bar(range(n), np.arange(n) ** 2)
    return f"{n} bars, the highest {(n - 1) ** 2}."


EXPLORERS = {
    "explore(relu): tangent": lambda: explore(relu),
    "explore(leaky_relu): 1 slider": lambda: explore(leaky_relu),
    "explore(threshold): 2 sliders": lambda: explore(threshold),
    "bars, whole frames": lambda: explore(bars, n=(2, 31)),
    "two curves, 2 sliders": lambda: explore(two_curves, alpha=(0.0, 3.0, 0.1), beta=(0, 2, 0.1)),
}


def main():
    print(
        f"{'explorer':32} {'states':>6} {'ms/state':>8} {'raw KB':>7} {'gzip KB':>7} {'median':>7} {'worst':>6}  ms"
    )
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        file = Path(folder) / "page.html"
        for name, make in EXPLORERS.items():
            explorer = make()
            start = time.process_time()
            page_html = explorer.html()
            states = len(explorer.positions())
            per_state = (time.process_time() - start) / states * 1000
            file.write_text(f"<!doctype html><meta charset=utf-8>{page_html}", encoding="utf-8")
            page = browser.new_page()
            page.goto(file.as_uri())
            timed = page.evaluate(
                f"([e, n]) => ({TIME_EXPLORER})(e, n)", [page.query_selector(".explorer"), SAMPLES]
            )
            raw, packed = len(page_html.encode()) / 1000, len(gzip.compress(page_html.encode(), 6)) / 1000
            median, worst = statistics.median(timed["frame"]), max(timed["frame"])
            print(
                f"{name:32} {states:6} {per_state:8.1f} {raw:7.1f} {packed:7.1f} {median:7.1f} {worst:6.1f}"
                f"  (script at most {max(timed['script']):.1f})"
            )
            page.close()
        browser.close()


if __name__ == "__main__":
    main()

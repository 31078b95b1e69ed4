"""Weigh every page of the built book, and time every explorer in a real browser.

    make book && python benchmarks/pages.py

A page's weight is its HTML and its own pictures; style sheets, scripts and fonts are shared by all pages and
come once. An explorer's time runs from the input event to the first task after the frame in which the browser
painted the answer.
"""

import gzip
import re
import statistics
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "tests" / "book")]
from chromium import ARGUMENTS, find_browser  # noqa: E402
from site_pages import BOOK, READABLE  # noqa: E402

SAMPLES = 40

# Steps each control of one explorer through at most `samples` of its states, and times each step.
TIME_EXPLORER = """
async (explorer, samples) => {
  const painted = () => new Promise(done => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = done;      // a task of its own: it runs once this frame is out
    port2.postMessage(0);
  }));
  const positions = control => {
    if (control.tagName === "SELECT") return [...control.options].map((_, i) => i);
    if (control.type === "checkbox") return [0, 1];
    const [low, high, step] = [control.min || 0, control.max || 100, control.step || 1].map(Number);
    const count = Math.round((high - low) / step) + 1;
    const taken = Math.min(count, samples);
    const stride = (count - 1) / Math.max(1, taken - 1);
    return [...Array(taken).keys()].map(i => low + step * Math.round(i * stride));
  };
  const script = [], frame = [];
  explorer.scrollIntoView({ block: "center" });
  await painted();
  for (const control of explorer.querySelectorAll("input:not([type=hidden]), select"))
    for (const position of positions(control)) {
      if (control.tagName === "SELECT") control.selectedIndex = position;
      else if (control.type === "checkbox") control.checked = Boolean(position);
      else control.value = position;
      // Start anywhere between two frames, as a hand does.
      await new Promise(done => setTimeout(done, Math.random() * 17));
      const start = performance.now();
      control.dispatchEvent(new Event("input", { bubbles: true }));
      control.dispatchEvent(new Event("change", { bubbles: true }));
      script.push(performance.now() - start);
      await painted();
      frame.push(performance.now() - start);
    }
  const caption = explorer.querySelector("figcaption, legend")?.textContent.trim() ?? "";
  return { caption, script, frame };
}
"""


def weigh(name):
    """Return a page's bytes, raw and gzipped, with the pictures that only it shows."""
    path = BOOK / name
    parts = [path.read_bytes()]
    pictures = set(re.findall(r"""(?:src|data)="([^"]*_images/[^"]+)\"""", parts[0].decode()))
    parts += [(path.parent / picture).read_bytes() for picture in sorted(pictures)]
    return sum(map(len, parts)), sum(len(gzip.compress(part, 6)) for part in parts)


def main():
    if not READABLE:
        sys.exit("no book: run make book first")
    print(f"{'page':44} {'raw KB':>8} {'gzip KB':>8}")
    for name in READABLE:
        raw, packed = weigh(name)
        print(f"{name:44} {raw / 1000:8.1f} {packed / 1000:8.1f}")

    print(
        f"\n{'explorer: ms from input to painted frame':60} {'steps':>5}"
        f" {'median':>7} {'worst':>7} {'script':>7}"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        for name in READABLE:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto((BOOK / name).as_uri(), wait_until="load")
            page.evaluate("window.MathJax?.startup?.promise")
            for number, explorer in enumerate(page.query_selector_all(".explorer"), start=1):
                timed = page.evaluate(f"([e, n]) => ({TIME_EXPLORER})(e, n)", [explorer, SAMPLES])
                label = f"{name.removesuffix('.html')} {number} {timed['caption']}"[:60]
                frame, script = timed["frame"], timed["script"]
                print(
                    f"{label:60} {len(frame):5}"
                    f" {statistics.median(frame):7.1f} {max(frame):7.1f} {max(script):7.1f}"
                )
            page.close()
        browser.close()


if __name__ == "__main__":
    main()

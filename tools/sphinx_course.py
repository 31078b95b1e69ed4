"""What the pages need beyond Jupyter Book: repairs of the theme's HTML, once the book is written."""

import re
from pathlib import Path

REPAIRS = [
    # A font fetched ahead of need is refused, with an error, when the page is opened from disk. The style
    # sheet fetches it all the same.
    (re.compile(r'<link rel="preload" as="font"[^>]*>\n?'), ""),
    # The arrows that unfold a part of the contents have no name for those who cannot see them.
    (
        re.compile(r'<summary>(?=<span class="toctree-toggle")'),
        '<summary aria-label="Show or hide sections">',
    ),
    # A list of bibliography entries says it is a plain list, and a plain list may not hold such entries.
    (re.compile(r'<div role="list" class="citation-list">'), '<div class="citation-list">'),
]


def repair(app, error):
    """Rewrite the pages that still need it. A page that was repaired before comes out unchanged."""
    if error is not None or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        before = after = path.read_text(encoding="utf-8")
        for pattern, replacement in REPAIRS:
            after = pattern.sub(replacement, after)
        if after != before:
            path.write_text(after, encoding="utf-8")


def setup(app):
    app.connect("build-finished", repair)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

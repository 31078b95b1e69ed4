"""Where the built book is, and what pages it has."""

import os
from pathlib import Path

BOOK = Path(os.environ.get("BOOK_HTML", Path(__file__).resolve().parents[2] / "_build" / "html")).resolve()

NOT_PAGES = {"_static", "_sources", "_images"}
PAGES = sorted(
    str(path.relative_to(BOOK))
    for path in BOOK.rglob("*.html")
    if not NOT_PAGES & set(path.relative_to(BOOK).parts)
)
# A front page that only sends the reader on has nothing to look at.
READABLE = [name for name in PAGES if 'http-equiv="Refresh"' not in (BOOK / name).read_text(encoding="utf-8")]

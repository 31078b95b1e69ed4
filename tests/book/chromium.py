"""The system's Chromium, and how to start it."""

import os
import shutil

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
# Nothing that a browser does on its own account: it would look like a request of the page.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_browser() -> str:
    """Return the path of the system's Chromium or Chrome, or of what CHROMIUM names."""
    named = os.environ.get("CHROMIUM")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        raise RuntimeError(f"no browser: install Chromium, or set CHROMIUM to its path (now {named!r})")
    return found

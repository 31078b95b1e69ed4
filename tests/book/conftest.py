"""A browser and a small server for the tests of the built book. A missing browser fails them."""

import functools
import http.server
import threading

import pytest
from chromium import ARGUMENTS, find_browser
from playwright.sync_api import sync_playwright
from site_pages import BOOK


class QuietServer(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def base_url():
    """The book over http, from this machine to this machine."""
    handler = functools.partial(QuietServer, directory=BOOK)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        yield browser
        browser.close()


class Visit:
    """One page in a fresh context, and all it complained of."""

    def __init__(self, context, base):
        self.page, self.base, self.complaints = context.new_page(), base, []
        context.route("**/*", self.local_only)
        self.page.on("console", lambda m: m.type == "error" and self.complaints.append(f"console: {m.text}"))
        self.page.on("pageerror", lambda e: self.complaints.append(f"error: {e}"))
        self.page.on("requestfailed", lambda r: self.complaints.append(f"failed: {r.url} {r.failure}"))
        self.page.on("response", lambda r: r.status >= 400 and self.complaints.append(f"{r.status}: {r.url}"))

    def local_only(self, route):
        """Let through what the book itself serves; note and stop all else."""
        url = route.request.url
        if url.startswith((self.base, "data:", "blob:")):
            route.continue_()
        else:
            self.complaints.append(f"foreign: {url}")
            route.abort()

    def open(self, name):
        self.page.goto(self.base + name, wait_until="load")
        # MathJax sets the formulas of a page after it has loaded.
        self.page.wait_for_function(
            "!document.querySelector('script[src*=mathjax]') || window.MathJax?.startup?.promise"
        )
        self.page.evaluate("window.MathJax?.startup?.promise")
        self.page.wait_for_load_state("networkidle")
        return self.page


@pytest.fixture
def visit(browser, base_url):
    """Open a page: visit(name) over http, visit(name, base=..., **options of the context) otherwise."""
    contexts = []

    def open_page(name, base=base_url, **options):
        options = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light", **options}
        contexts.append(browser.new_context(**options))
        contexts[-1].set_default_timeout(120_000)  # milliseconds: on a busy machine a click may wait
        visit = Visit(contexts[-1], base)
        visit.open(name)
        return visit

    yield open_page
    for context in contexts:
        context.close()

"""The built book in a real browser: quiet, readable by everyone, and its explorers answer."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from site_pages import BOOK, PAGES, READABLE

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
FILE = BOOK.as_uri() + "/"

WITH_EXPLORERS = [
    name
    for name in READABLE
    if BeautifulSoup((BOOK / name).read_text(encoding="utf-8"), "html.parser").select(".explorer")
]

every_page = pytest.mark.parametrize("name", READABLE)
every_explorer_page = pytest.mark.parametrize("name", WITH_EXPLORERS)


def test_there_is_a_book():
    assert "index.html" in PAGES, "no book: run make book first"


def test_there_are_explorers():
    assert WITH_EXPLORERS


def unfold(page):
    """Open whatever the page folds: code, solutions, hints."""
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    page.evaluate(
        "document.querySelectorAll('.toggle-hidden').forEach(e => e.classList.remove('toggle-hidden'))"
    )


def violations(page):
    """Return what axe finds serious or critical, one line each."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:150]} {node.get('failureSummary', '')[:200]}"
        for rule in found
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    ]


def unset_formulas(page):
    """Count formulas that MathJax left as source, or could not read."""
    return page.evaluate(
        "document.querySelectorAll('mjx-merror, [data-mjx-error]').length"
        " + [...document.querySelectorAll('.math')].filter(e => !e.querySelector('mjx-container')).length"
    )


@every_page
def test_from_disk(name, visit):
    seen = visit(name, base=FILE)
    assert seen.complaints == []
    assert unset_formulas(seen.page) == 0


@every_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_quiet_and_accessible(name, scheme, visit):
    seen = visit(name, color_scheme=scheme, reduced_motion="reduce")
    assert seen.complaints == []
    assert unset_formulas(seen.page) == 0
    assert seen.page.evaluate("document.documentElement.dataset.theme") == scheme
    unfold(seen.page)
    assert violations(seen.page) == []


@every_page
def test_fits_a_phone(name, visit):
    seen = visit(name, **PHONE)
    page = seen.page
    assert seen.complaints == []
    widths = page.evaluate("[document.documentElement.scrollWidth, document.body.scrollWidth, innerWidth]")
    assert max(widths[:2]) <= 390 and widths[2] == 390, widest(page)
    assert violations(page) == []


def widest(page):
    """Name the elements that stick out to the right, for the message of a failed test."""
    return page.evaluate(
        "[...document.body.querySelectorAll('*')]"
        ".filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
        ".slice(-5).map(e => e.outerHTML.slice(0, 120))"
    )


# Explorers: each control changes the picture and what is read out.

PICTURE = "e => [...e.querySelectorAll('svg')].map(s => s.outerHTML).join()"
READOUT = "e => [...e.querySelectorAll('output')].map(o => o.textContent).join('|')"


class Watch:
    """What an explorer shows, from one step to the next."""

    def __init__(self, explorer):
        self.explorer = explorer
        self.pictures, self.readouts = set(), set()
        self.look()

    def look(self):
        # Two frames: whatever the control set off has been painted.
        self.explorer.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        self.pictures.add(self.explorer.evaluate(PICTURE))
        self.readouts.add(self.explorer.evaluate(READOUT))

    def changed(self):
        return len(self.pictures) > 1 and len(self.readouts) > 1


def kind(control):
    return control.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")


def by_keyboard(control, watch):
    control.focus()
    assert control.evaluate("e => document.activeElement === e")
    keys = {
        "range": ["ArrowRight", "End", "Home"],
        "select": ["ArrowDown", "ArrowUp"],
        "checkbox": ["Space", "Space"],
    }
    for key in keys[kind(control)]:
        control.press(key)
        watch.look()


def by_pointer(control, watch, touch=False):
    what, box = kind(control), control.bounding_box()
    if what == "select":
        # The list of choices is drawn by the browser, outside the page.
        for index in range(control.evaluate("e => e.options.length")):
            control.select_option(index=index)
            watch.look()
        return
    press = control.tap if touch else control.click
    for share in (0.1, 0.9) if what == "range" else (0.5,):
        press(position={"x": box["width"] * share, "y": box["height"] / 2})
        watch.look()


def by_touch(control, watch):
    by_pointer(control, watch, touch=True)


@every_explorer_page
@pytest.mark.parametrize("where", ["http", "disk"])
@pytest.mark.parametrize("move", [by_keyboard, by_pointer, by_touch])
def test_explorers_answer(name, where, move, visit):
    seen = visit(name, **({"base": FILE} if where == "disk" else {}), **(PHONE if move is by_touch else {}))
    page = seen.page
    unfold(page)
    explorers = page.query_selector_all(".explorer")
    for explorer in explorers:
        label = explorer.evaluate(
            "e => e.querySelector('figcaption')?.textContent || e.id || e.outerHTML.slice(0, 80)"
        )
        assert len(explorer.query_selector_all("svg")) == 1, label
        controls = explorer.query_selector_all("input:not([type=hidden]), select")
        assert controls and explorer.query_selector("output"), label
        for control in controls:
            assert control.evaluate("e => e.labels.length > 0 || e.ariaLabel"), label
            # Each control is tried from the start: what one leaves behind may hide what the next one does.
            explorer.query_selector("button").evaluate("e => e.click()")
            control.scroll_into_view_if_needed()
            watch = Watch(explorer)
            move(control, watch)
            assert watch.changed(), f"{label}: {control.evaluate('e => e.outerHTML')[:120]}"
    assert seen.complaints == []

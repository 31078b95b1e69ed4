"""Explorers: their text, their states, their live form, and their page in a real browser."""

import base64
import functools
import gzip
import html
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import ARGUMENTS, find_browser
from playwright.sync_api import sync_playwright

from activations import catalogue, explore, leaky_relu, relu, rrelu, threshold
from activations.core import Activation
from activations.explore import Explorer, _controls, pack, unpack
from activations.plotting import palette


def wave(fig, alpha, kind="sine", noisy=False):
    """Curves of the same points in every state: stored as numbers."""
    ax = fig.subplots()
    x = np.linspace(-3, 3, 61)
    y = {"sine": np.sin, "tanh": np.tanh}[kind](alpha * x) + noisy * 0.1 * np.cos(20 * x)
    ax.plot(x, y, label=f"alpha {alpha}")
    ax.fill_between(x, 0, y, alpha=0.2)
    ax.set(ylim=(-1.5, 1.5), title=f"α < {alpha} & {kind}")
    return f'{kind}({alpha}x) is at most {y.max():.3f} & "at least" {y.min():.3f}.'


def coming_and_going(fig, n):
    """Axes, ticks and artists that differ from state to state: stored as whole frames."""
    ax = fig.subplots(1 + n % 2, 1, squeeze=False)[-1, 0]
    ax.bar(range(n + 1), range(n + 1), color=palette["green"])
    if n > 2:
        ax.annotate("many", (n, n))
    return f"{n} bars."


def picture(fig, n, tick="a"):
    """Images, texts, limits and colours that change."""
    ax = fig.subplots()
    ax.imshow(np.arange(12).reshape(3, 4) % (n + 2), cmap="viridis", aspect="auto")
    ax.set_xticks([0, 3], [tick, f"{n}"])
    ax.text(1, 1, f"n = {n}", color=palette["blue" if n % 2 else "orange"])
    return f"Modulo {n + 2}."


SAMPLES = {
    "record": lambda: explore(leaky_relu, negative_slope=(-1, 1, 0.25)),
    "tangent": lambda: explore(relu, x=(-2, 2, 0.5)),
    "jump": lambda: explore(threshold, threshold=(-1, 1, 0.5), value=(-1, 1, 1)),
    "constrained": lambda: explore(rrelu, lower=(0, 1, 0.5), upper=(0, 1, 0.5)),
    "wave": lambda: explore(wave, alpha=(0.5, 2.0, 0.5), kind=["sine", "tanh"], noisy=False),
    "frames": lambda: explore(coming_and_going, n=(0, 5)),
    "picture": lambda: explore(picture, n=(0, 3), tick=["a", "b"]),
}
every_sample = pytest.mark.parametrize("name", SAMPLES)


@pytest.fixture(autouse=True)
def untold(monkeypatch):
    """However these tests are run: nobody has said what the kernel works for."""
    for name in ("COURSE_STATIC", "JPY_SESSION_NAME", "VSCODE_PID"):
        monkeypatch.delenv(name, raising=False)


# Text


def test_text():
    explorer = explore(wave, alpha=(0.5, 2.0, 0.5), kind=["sine", "tanh"], noisy=False, start={"alpha": 1})
    assert repr(explorer) == (
        "<explorer: alpha 0.5…2 step 0.5, kind sine/tanh, noisy off/on · 16 states · at alpha 1.0, kind sine, "
        'noisy off: sine(1.0x) is at most 1.000 & "at least" -1.000.>'
    )
    assert repr(explore(relu)) == (
        "<explorer of relu: x −5…5 step 0.25 · 41 states · at x 1.00: relu(1) = 1 with slope 1.>"
    )


@every_sample
def test_text_is_the_same_each_time(name):
    assert repr(SAMPLES[name]()) == repr(SAMPLES[name]())


def test_page_is_the_same_in_another_process():
    script = "from activations import explore, relu; print(explore(relu, x=(0, 2)).html())"
    pages = [
        subprocess.run(
            [sys.executable, "-c", script],
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert len(pages[0]) > 5000 and pages[0] == pages[1]


# Controls


@pytest.mark.parametrize(
    ("given", "kind", "values", "labels", "start"),
    [
        ((0, 4), "range", (0, 1, 2, 3, 4), ("0", "1", "2", "3", "4"), 2),
        ((-2, 4, 3), "range", (-2, 1, 4), ("−2", "1", "4"), 1),
        ((0, 1, 0.25), "range", (0, 0.25, 0.5, 0.75, 1), ("0.00", "0.25", "0.50", "0.75", "1.00"), 2),
        ((0.1, 0.3, 0.1), "range", (0.1, 0.2, 0.3), ("0.1", "0.2", "0.3"), 1),
        ((0.0, 0.25), "range", (0.0, 0.1, 0.2), ("0.0", "0.1", "0.2"), 1),
        (np.array([0.001, 0.1, 10]), "range", (0.001, 0.1, 10), ("0.001", "0.1", "10"), 1),
        (range(1, 9, 3), "range", (1, 4, 7), ("1", "4", "7"), 1),
        (["a", "b"], "select", ("a", "b"), ("a", "b"), 0),
        ([3, 0.5], "select", (3, 0.5), ("3", "0.5"), 0),
        ([("few", 2), ("many", 9)], "select", (2, 9), ("few", "many"), 0),
        ({"few": 2, "many": 9}, "select", (2, 9), ("few", "many"), 0),
        ([relu, leaky_relu], "select", (relu, leaky_relu), ("relu", "leaky_relu"), 0),
        (True, "checkbox", (False, True), ("off", "on"), 1),
    ],
)
def test_abbreviations(given, kind, values, labels, start):
    (control,) = _controls({"n": given}, {})
    assert (control.kind, control.values, control.labels, control.start) == (kind, values, labels, start)


@pytest.mark.parametrize(
    "given", [5, "abc", None, (1, 0), (0, 1, 0), (0, 1, -0.1), (0, np.inf), [], [1], (0, 0)]
)
def test_bad_abbreviations(given):
    with pytest.raises(ValueError, match="alpha"):
        explore(wave, alpha=given)


@pytest.mark.parametrize(
    ("error", "match", "make"),
    [
        (TypeError, "record such as relu", lambda: explore("relu")),
        (ValueError, "at least one control", lambda: explore(wave)),
        (
            ValueError,
            r"2000 states.*101 \(a\) × 21 \(b\) = 2121",
            lambda: explore(wave, a=(0, 100), b=(0, 20)),
        ),
        (ValueError, "start.'alpha'.", lambda: explore(wave, alpha=(0, 1, 0.5), start={"alpha": 0.3})),
        (TypeError, "beta", lambda: explore(wave, alpha=(0, 1, 0.5), start={"beta": 0.3})),
        (TypeError, "alpha", lambda: explore(leaky_relu, alpha=(0, 1, 0.5))),
        (TypeError, "alpha", lambda: explore(leaky_relu, start={"alpha": 0.5})),
        (TypeError, "alpha", lambda: explore(relu, alpha=(0, 1, 0.5))),
        (TypeError, "readout", lambda: repr(explore(lambda fig, n: None, n=(0, 1)))),
        (TypeError, "readout", lambda: repr(explore(lambda fig, n: " ", n=(0, 1)))),
    ],
)
def test_errors(error, match, make):
    with pytest.raises(error, match=match):
        make()


def test_an_error_while_drawing_says_where():
    with pytest.raises(ZeroDivisionError) as caught:
        explore(lambda fig, n: f"{1 / n}", n=(0, 1)).html()
    assert "{'n': 0}" in "".join(caught.value.__notes__)


@pytest.mark.parametrize(
    "record", [r for r in catalogue.values() if isinstance(r, Activation)], ids=lambda r: r.name
)
def test_every_record_begins_at_its_defaults(record):
    explorer = explore(record)
    assert 2 <= len(explorer.positions()) <= 700
    for control in explorer.controls:
        if control.name in record.params:
            assert control.values[control.start] == record.params[control.name].default
    assert record.name in explorer.first[1]


def test_a_state_that_is_not_legal_says_so():
    explorer = explore(rrelu, lower=(0, 1, 0.5), upper=(0, 1, 0.5))
    assert explorer.frame((2, 0))[1].startswith("Not possible: lower must not exceed upper")


# The page


def stored(page):
    return json.loads(gzip.decompress(base64.b64decode(re.search(r"data-states>([^<]*)<", page)[1])))


def as_text(drawing):
    return [str(element) for element in drawing]


@every_sample
def test_every_state_is_stored_exactly(name):
    explorer, other = SAMPLES[name](), SAMPLES[name]()
    other.uid = explorer.uid
    states = stored(explorer.html())
    positions = explorer.positions()
    assert len(states["readouts"]) == len(positions) == np.prod([len(c.values) for c in explorer.controls])
    for state, position in reversed(list(enumerate(positions))):
        fresh, readout = other.frame(position)
        assert states["readouts"][state] == readout
        assert as_text(unpack(states, explorer.first[0], state)) == as_text(fresh)


@pytest.mark.parametrize("name", ["record", "jump"])
def test_curves_are_stored_as_few_numbers(name):
    states = stored(SAMPLES[name]().html())
    curves = [slot for slot in states["slots"] if slot["attribute"] == "d"]
    # One group for the usual states, and some for those where the curve has a gap less.
    assert curves and all(len(slot["groups"]) < len(states["readouts"]) / 2 for slot in curves)
    for group in (group for slot in curves for group in slot["groups"]):
        # As differences almost all of them are tiny.
        assert group["count"] < 3 or np.mean(np.abs(group["numbers"]) < 10) > 0.6


def test_elements_that_come_and_go_are_stored_once():
    states = stored(SAMPLES["frames"]().html())
    assert len(states["elements"]) == len(set(states["elements"])) < sum(map(len, states["frames"]))


def test_numbers_that_would_not_come_back_are_kept_as_text():
    from activations.plotting import Element

    values = ["a-0b", "a007b", "a12b"]
    frames = [([Element("text", {}, v)], v) for v in values]
    states = pack(frames)
    assert [unpack(states, frames[0][0], i)[0].content for i in range(3)] == values


def test_page_markup():
    page = SAMPLES["wave"]().html()
    assert page.startswith('<figure class="explorer act"') and page.count("<svg ") == 1
    assert page.count("<output ") == 3 and page.count("<label ") == 3
    assert "http" not in re.sub(r"data-states>[^<]*<", "", page)
    assert not re.search(r"\son\w+=", page), "no inline event handlers"
    assert 'class="readout" aria-live="polite"' in page
    uids = re.findall(r' id="([^"]+)"', page)
    assert len(uids) == len(set(uids)) and all(uid.startswith("act") for uid in uids)


# Live


def test_live_widget_redraws():
    explorer = SAMPLES["wave"]()
    *controls, shown = explorer.widget().children
    assert [c.description for c in controls] == ["alpha", "kind", "noisy"]
    position = list(explorer.start)
    for i, value in enumerate([3, 1, True]):
        controls[i].value = position[i] = value
        elements, readout = explorer.frame(tuple(position))
        assert "".join(as_text(elements)) in shown.value and f"<p>{html.escape(readout)}</p>" in shown.value


def test_three_ways_without_a_kernel():
    bundle = SAMPLES["record"]()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    assert 'class="explorer' in bundle["text/html"]


def test_told_to_be_live(monkeypatch):
    monkeypatch.setenv("COURSE_STATIC", "0")
    explorer = SAMPLES["record"]()
    bundle = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert 'class="picture' in bundle["text/html"] and "data-states" not in bundle["text/html"]
    # Who looks without widgets sees the state to begin with.
    assert "".join(as_text(explorer.first[0])) in bundle["text/html"]


@pytest.mark.parametrize(
    ("environment", "page"),
    [({}, True), ({"JPY_SESSION_NAME": "/a.ipynb"}, False), ({"VSCODE_PID": "1"}, False),
     ({"JPY_SESSION_NAME": "/a.ipynb", "COURSE_STATIC": "1"}, True), ({"COURSE_STATIC": "0"}, False)],
)  # fmt: skip
def test_what_a_kernel_works_for(environment, page, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    # By way of sys.modules: the package's `explore` is the function.
    monkeypatch.setattr(sys.modules[Explorer.__module__], "_has_kernel", lambda: True)
    drawn = []
    monkeypatch.setattr(Explorer, "html", lambda self: drawn.append(self) or "page")
    monkeypatch.setattr(Explorer, "widget", lambda self: type("Box", (), {"model_id": "1"}))
    bundle = SAMPLES["record"]()._repr_mimebundle_()
    assert bool(drawn) == page
    assert ("application/vnd.jupyter.widget-view+json" in bundle) == (not page)


# In a browser, from disk

SHOWN = """figure => ({
  drawing: [...figure.querySelector("svg").children].map(e => [
    e.tagName, Object.fromEntries([...e.attributes].map(a => [a.name, a.value])), e.textContent]),
  readout: figure.querySelector(".readout").textContent,
  name: figure.querySelector("svg").getAttribute("aria-label"),
  outputs: [...figure.querySelectorAll("output")].map(o => o.textContent),
})"""


def expected(explorer, position):
    elements, readout = explorer.frame(position)
    drawing = [[e.tag, e.attributes, html.unescape(re.sub("<[^>]*>", "", e.content))] for e in elements]
    labels = [c.labels[i] for c, i in zip(explorer.controls, position, strict=True)]
    return {"drawing": drawing, "readout": readout, "name": readout, "outputs": labels}


page_of = functools.cache(Explorer.html)
sample = functools.cache(lambda name: SAMPLES[name]())


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Open a page with these explorers from disk; afterwards, nothing may have been asked for or complained of."""
    complaints, contexts = [], []

    def open_(explorers, theme="light", **options):
        colours = {"light": "background:#fff;color:#222", "dark": "background:#121417;color:#ced6dd"}[theme]
        body = "".join(map(page_of, explorers))
        file = tmp_path / "page.html"
        file.write_text(
            f'<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8"><title>Explorers</title>'
            '<meta name="viewport" content="width=device-width">'
            f'<body style="font-family:sans-serif;{colours}"><main><h1>Explorers</h1>{body}</main></body></html>',
            encoding="utf-8",
        )
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text))
        page.on("pageerror", lambda e: complaints.append(str(e)))
        page.on("request", lambda r: r.url.startswith(("file:", "data:")) or complaints.append(r.url))
        page.goto(file.as_uri())
        return page, page.query_selector_all(".explorer")

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


def settle(page):
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


@every_sample
def test_keyboard_reaches_every_state_in_the_browser(name, opened):
    explorer = sample(name)
    page, (figure,) = opened([explorer])
    settle(page)
    assert figure.evaluate(SHOWN) == expected(explorer, explorer.start)
    at = list(explorer.start)
    for i, control in enumerate(explorer.controls):
        field = figure.query_selector_all("input, select")[i]
        field.focus()
        steps = {"range": ["Home", *["ArrowRight"] * (len(control.values) - 1)], "checkbox": ["Space"],
                 "select": ["ArrowDown"]}[control.kind]  # fmt: skip
        for key in steps:
            field.press(key)
            at[i] = {"Home": 0, "Space": 1 - at[i]}.get(key, at[i] + 1)
            settle(page)
            assert figure.evaluate(SHOWN) == expected(explorer, tuple(at))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert figure.evaluate(SHOWN) == expected(explorer, explorer.start)


def centre(field, share):
    box = field.bounding_box()
    return {"x": box["width"] * share, "y": box["height"] / 2}


@pytest.mark.parametrize("how", ["mouse", "touch"])
def test_pointer_moves_every_control(how, opened):
    explorer = sample("wave")
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page, (figure,) = opened([explorer], **(phone if how == "touch" else {}))
    slider, menu, box = figure.query_selector_all("input, select")
    press = "tap" if how == "touch" else "click"
    getattr(slider, press)(position=centre(slider, 0.97))
    menu.select_option("tanh")
    getattr(box, press)()
    settle(page)
    assert figure.evaluate(SHOWN) == expected(explorer, (3, 1, 1))
    if how == "mouse":
        where = slider.bounding_box()
        page.mouse.move(where["x"] + where["width"] * 0.97, where["y"] + where["height"] / 2)
        page.mouse.down()
        page.mouse.move(where["x"] + 3, where["y"] + where["height"] / 2, steps=8)
        page.mouse.up()
        settle(page)
        assert figure.evaluate(SHOWN) == expected(explorer, (0, 1, 1))


def test_several_on_one_page_keep_apart(opened):
    explorers = [SAMPLES["record"](), sample("wave"), sample("record")]
    page, figures = opened(explorers)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids)) > 6
    figures[1].query_selector("input").press("End")
    settle(page)
    assert figures[1].evaluate(SHOWN) == expected(explorers[1], (3, 0, 0))
    for i in (0, 2):
        assert figures[i].evaluate(SHOWN) == expected(explorers[i], explorers[i].start)


def test_without_script_it_shows_where_it_begins(browser, tmp_path):
    explorer = sample("wave")
    (tmp_path / "page.html").write_text(f"<meta charset=utf-8>{explorer.html()}", encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    assert page.locator("svg path").count() > 5
    assert page.locator(".readout").inner_text() == explorer.first[1]
    assert page.locator(".controls :is(input, select):not(:disabled)").count() == 0
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_accessible_and_legible(theme, width, opened):
    page, figures = opened(
        [sample(name) for name in SAMPLES], theme, viewport={"width": width, "height": 900}
    )
    found = Axe().run(page).response["violations"]
    assert [
        v["id"] + n["html"] for v in found for n in v["nodes"] if v["impact"] in ("serious", "critical")
    ] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.evaluate(
        """[...document.querySelectorAll(".explorer svg")].map(svg => 150 * svg.getBoundingClientRect().width /
        svg.viewBox.baseVal.width)"""
    )
    assert len(sizes) == len(SAMPLES) and min(sizes) >= 9
    targets = page.evaluate(
        "[...document.querySelectorAll('.explorer :is(input, select, button)')]"
        ".map(e => e.getBoundingClientRect()).map(b => Math.min(b.width, b.height))"
    )
    assert len(targets) >= 2 * len(SAMPLES) and min(targets) >= 24


def test_colours_follow_the_theme(opened):
    explorer = explore(wave, alpha=(0, 1))
    colour = "e => getComputedStyle(e.querySelector('svg path[style*=\"stroke:var(--act-blue\"]')).stroke"
    seen = {theme: opened([explorer], theme)[1][0].evaluate(colour) for theme in ("light", "dark")}
    assert seen == {"light": "rgb(0, 114, 178)", "dark": "rgb(90, 180, 240)"}

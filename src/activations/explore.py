"""The explorer: a figure with controls, alive with and without a kernel.

`explore` takes a record, or any function that draws on a figure, and shows itself in three ways from that one source:
as a line of text; in a live notebook as ipywidgets that draw anew; and on a page as a picture with the browser's own
controls. The page holds all states. For each it stores only what differs, as differences of whole numbers, packed; some
lines of plain script (``explore.js``) put them in place.
"""

import base64
import bisect
import gzip
import html
import importlib.util
import itertools
import json
import math
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib.resources import files
from typing import Any

import numpy as np

from activations.core import Activation, Param, VectorActivation
from activations.plotting import (
    CSS,
    HEIGHT,
    WIDTH,
    Element,
    Renderer,
    draw_record,
    draw_tangent,
    drawing,
    figure,
    new_uid,
    number,
    svg,
)  # fmt: skip

__all__ = ["Explorer", "explore"]

MAX_STATES = 2000
# A record's own sliders take bigger steps until no more states are left than this.
MAX_RECORD_STATES = 500


@dataclass(frozen=True)
class Control:
    """One control: its name, its kind, the values it may take and how they read."""

    name: str
    kind: str  # "range", "select" or "checkbox"
    values: tuple
    labels: tuple[str, ...]
    start: int
    text: str

    def __str__(self) -> str:
        return f"{self.name} {self.text}"


def explore(
    what: Activation | Callable[..., str],
    /,
    *,
    start: Mapping[str, Any] | None = None,
    caption: str = "",
    size: tuple[float, float] = (WIDTH, HEIGHT),
    **controls,
) -> "Explorer":
    """Return a figure with controls, for a live notebook and for a page without a kernel.

    Parameters
    ----------
    what : Activation or callable
        A record: its parameters become the controls, or, where it has none, the point at which a tangent is drawn.
        Or a function ``draw(fig, **values)`` that draws on an empty figure and returns the readout: one short
        sentence with the numbers that matter, which is also what is read out in place of the picture.
    start : mapping, optional
        Values to begin with, by name. Others begin as in ipywidgets: in the middle of a range, at the first choice.
    caption : str, optional
        What is to be tried, above the controls.
    size : tuple of float, default (5.2, 2.9)
        Width and height of the figure in inches.
    **controls
        For a function, one for each of its parameters, abbreviated as in ipywidgets: ``(low, high)`` or
        ``(low, high, step)`` for a slider, an array of numbers for a slider over just these, a list of choices (or of
        ``(label, value)`` pairs, or a mapping from label to value) for a menu, a bool for a box to tick. For a
        record, an abbreviation in place of the parameter's own slider.

    Returns
    -------
    Explorer
        The last line of a cell.

    Raises
    ------
    TypeError
        If `what` is neither, or has no parameter of a control's name.
    ValueError
        If a control cannot be read, `start` is not among its values, or all together have more than 2000 states.

    Notes
    -----
    In the page every state is stored, so the states are drawn once each when the book is built, about 15 ms each.
    What costs time belongs outside of `draw`. Small pages: fixed limits of the axes, the same points x in every state,
    a curve of no more than some 200 points.

    Whether a kernel works for a live notebook or for a page is told by ``COURSE_STATIC``: "0" or "1".

    Examples
    --------
    >>> from activations import leaky_relu
    >>> explore(leaky_relu, negative_slope=(0, 1, 0.5), start={"negative_slope": 0.5})  # doctest: +ELLIPSIS
    <explorer of leaky_relu: negative_slope 0…1 step 0.5 · 3 states · at negative_slope 0.5: leaky_relu(−2) = −1 ...>
    """
    start = dict(start or {})
    if isinstance(what, Activation):
        return _explore_record(what, start, caption, size, controls)
    if isinstance(what, VectorActivation):
        raise TypeError(f"{what.name} takes vectors, so write what to draw: explore(draw, **controls)")
    if not callable(what):
        raise TypeError(
            f"explore needs a record such as relu or a function draw(fig, **values), got {what!r}"
        )
    if not controls:
        raise ValueError("explore needs at least one control, such as alpha=(0, 1, 0.1)")
    return Explorer(what, _controls(controls, start), caption, size)


def _controls(controls, start):
    for name in start:
        if name not in controls:
            raise TypeError(f"start names {name!r}, which is none of the controls: {', '.join(controls)}")
    made = tuple(_control(name, given, start) for name, given in controls.items())
    _check_count(made)
    return made


def _check_count(controls):
    count = math.prod(len(c.values) for c in controls)
    if count > MAX_STATES:
        parts = " × ".join(f"{len(c.values)} ({c.name})" for c in controls)
        raise ValueError(f"controls must have at most {MAX_STATES} states together, got {parts} = {count}")


def _with_start(name, given, first):
    """Read an abbreviation; a value to begin with that lies between two steps becomes a step of its own."""
    control = _control(name, given, {})
    low, high = control.values[0], control.values[-1]
    if control.kind != "range" or not _is_number(first) or not low < first < high:
        return _control(name, given, {name: first})
    at = bisect.bisect_left(control.values, first - 1e-9)
    if math.isclose(control.values[at], first, abs_tol=1e-9):
        return replace(control, start=at)
    values = (*control.values[:at], first, *control.values[at:])
    labels = (*control.labels[:at], number(first), *control.labels[at:])
    return replace(control, values=values, labels=labels, start=at)


def _control(name: str, given: Any, start: Mapping[str, Any]) -> Control:
    """Read one abbreviation."""
    if isinstance(given, bool):
        return _finish(
            name, "checkbox", (False, True), ("off", "on"), start.get(name, given), start, "off/on"
        )
    if isinstance(given, np.ndarray | range):
        values = tuple(np.asarray(given).ravel().tolist())
        labels = tuple(number(v) for v in values)
        text = f"{labels[0]}…{labels[-1]} in {len(labels)} steps" if labels else ""
        return _finish(name, "range", values, labels, start.get(name, _middle(values)), start, text)
    if isinstance(given, tuple) and 2 <= len(given) <= 3 and all(_is_number(v) for v in given):
        values, labels, text = _range_of(name, given)
        return _finish(name, "range", values, labels, start.get(name, _middle(values)), start, text)
    if isinstance(given, Mapping):
        pairs = [(str(k), v) for k, v in given.items()]
    elif isinstance(given, Sequence) and not isinstance(given, str):
        is_pair = [isinstance(v, tuple) and len(v) == 2 and isinstance(v[0], str) for v in given]
        pairs = [v if pair else (_spell(v), v) for v, pair in zip(given, is_pair, strict=True)]
    else:
        raise ValueError(
            f"{name} must be (low, high) or (low, high, step), an array of numbers, a list or mapping of choices, "
            f"or a bool; got {given!r}"
        )
    labels, values = tuple(k for k, _ in pairs), tuple(v for _, v in pairs)
    first = values[0] if values else None
    return _finish(name, "select", values, labels, start.get(name, first), start, "/".join(labels))


def _range_of(name, given):
    low, high, *rest = given
    whole = all(isinstance(v, int | np.integer) for v in given)
    step = rest[0] if rest else (1 if whole else 0.1)
    if not (all(math.isfinite(v) for v in given) and low < high and step > 0):
        raise ValueError(f"{name} must be (low, high, step) with low < high and step > 0, got {given!r}")
    count = math.floor((high - low) / step + 1e-9) + 1
    # Rounded, so that 0.1 + 0.2 is 0.3 in the program and on the label.
    values = tuple(int(low + i * step) if whole else round(float(low + i * step), 10) for i in range(count))
    digits = (
        0 if whole else max(len(f"{round(v, 10):.10f}".rstrip("0").partition(".")[2]) for v in (low, step))
    )
    labels = tuple(f"{v:.{digits}f}".replace("-", "−") for v in values)
    return values, labels, f"{number(low)}…{number(values[-1])} step {number(step)}"


def _middle(values):
    return values[(len(values) - 1) // 2] if values else None


def _is_number(value):
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def _spell(value):
    if isinstance(value, str):
        return value
    return number(value) if _is_number(value) else getattr(value, "__name__", str(value))


def _finish(name, kind, values, labels, first, start, text):
    if len(values) < 2:
        raise ValueError(f"{name} must have at least two values, got {list(labels)}")
    for i, value in enumerate(values):
        near = _is_number(value) and _is_number(first) and math.isclose(value, first, abs_tol=1e-9)
        if near or value is first or (type(value) is type(first) and value == first):
            return Control(name, kind, values, labels, i, text)
    raise ValueError(f"start[{name!r}] must be one of its values {text}, got {start[name]!r}")


def _explore_record(record, start, caption, size, given):
    for name in given:
        if name not in (record.params or {"x": None}):
            legal = ", ".join(record.params) or "x, the point of the tangent"
            raise TypeError(f"{record.name} has no parameter {name!r}; legal: {legal}")
    if not record.params:
        controls = _controls(
            {"x": given.get("x", (-5, 5, 0.25))}, {"x": 1.0} | start if "x" not in given else start
        )
        draw = partial(_draw_at, record=record, ylim=_limits(record, [{}]))
        return Explorer(draw, controls, caption, size, record.name)
    sliders = {
        name: given.get(name, _slider(p)) for name, p in record.params.items() if name in given or _slider(p)
    }
    while math.prod(len(_control(k, v, {}).values) for k, v in sliders.items()) > MAX_RECORD_STATES:
        name = max(sliders, key=lambda k: len(_control(k, sliders[k], {}).values))
        if name in given:
            break
        low, high, step = sliders[name]
        sliders[name] = (low, high, 2 * step)
    for name in start:
        if name not in sliders:
            raise TypeError(f"start names {name!r}, which is none of the controls: {', '.join(sliders)}")
    controls = tuple(_with_start(k, v, start.get(k, record.params[k].default)) for k, v in sliders.items())
    _check_count(controls)
    states = [dict(zip(sliders, v, strict=True)) for v in itertools.product(*(c.values for c in controls))]
    draw = partial(_draw_with, record=record, ylim=_limits(record, [s for s in states if _legal(record, s)]))
    return Explorer(draw, controls, caption, size, record.name)


def _slider(param: Param):
    if isinstance(param.bounds, tuple):
        return False if set(param.bounds) == {False, True} else list(param.bounds)
    return param.slider


def _legal(record, params):
    try:
        record.bind(**params)
    except ValueError:
        return False
    return True


def _seeded(record, params):
    """Fix the source of randomness: a state must look the same whenever it is drawn."""
    return params | {name: 0 for name, p in record.params.items() if p.bounds is None}


def _limits(record, states):
    """Return vertical limits that hold every state, so that the axes stay put, and no more than −5 to 5."""
    x = np.linspace(-5, 5, 41)
    values = [rule(x, **_seeded(record, s)) for s in states for rule in (record, record.derivative)]
    low, high = np.clip([np.nanmin(values), np.nanmax(values)], -5, 5)
    return float(low - 0.05 * (high - low)), float(high + 0.05 * (high - low))


def _draw_at(fig, x, record, ylim):
    return draw_tangent(fig, record, x, ylim=ylim)


def _draw_with(fig, record, ylim, **params):
    try:
        record.bind(**params)
    except ValueError as error:
        fig.subplots().set(xlim=(-5, 5), ylim=ylim, xlabel="x")
        return f"Not possible: {error}."
    return draw_record(fig, record, ylim=ylim, **_seeded(record, params))


class Explorer:
    """A figure with controls. Made by `explore`.

    Parameters
    ----------
    draw : callable
        ``draw(fig, **values)`` draws on an empty figure and returns the readout.
    controls : tuple of Control
        The controls, whose names are the parameters of `draw`.
    caption : str
        What is to be tried.
    size : tuple of float
        Width and height of the figure in inches.
    name : str
        Whose explorer it is, for its text.

    Examples
    --------
    >>> def draw(fig, slope):
    ...     fig.subplots().plot([0, 1], [0, slope])
    ...     return f"It rises by {slope}."
    >>> explore(draw, slope=(0, 4))
    <explorer: slope 0…4 step 1 · 5 states · at slope 2: It rises by 2.>
    """

    def __init__(self, draw, controls, caption="", size=(WIDTH, HEIGHT), name=""):
        self.draw, self.controls, self.caption, self.size, self.name = draw, controls, caption, size, name
        self._renderer = Renderer()

    @cached_property
    def uid(self) -> str:
        """What the ids of this explorer begin with in the page."""
        return new_uid()

    @property
    def start(self) -> tuple[int, ...]:
        """The position of each control to begin with."""
        return tuple(c.start for c in self.controls)

    def positions(self) -> list[tuple[int, ...]]:
        """Return all states as positions of the controls; the last control moves fastest."""
        return list(itertools.product(*(range(len(c.values)) for c in self.controls)))

    def frame(self, positions: tuple[int, ...]) -> tuple[list[Element], str]:
        """Draw one state.

        Parameters
        ----------
        positions : tuple of int
            The position of each control.

        Returns
        -------
        tuple
            The drawing and the readout.

        Raises
        ------
        TypeError
            If `draw` returns no readout.
        """
        fig = figure(*self.size)
        values = {c.name: c.values[i] for c, i in zip(self.controls, positions, strict=True)}
        try:
            readout = self.draw(fig, **values)
        except Exception as error:
            error.add_note(f"explore: while drawing with {values}")
            raise
        if not isinstance(readout, str) or not readout.strip():
            raise TypeError(
                f"draw must return the readout, a sentence with the numbers that matter; got {readout!r}"
            )
        return drawing(fig, self.uid, self._renderer), " ".join(readout.split())

    @cached_property
    def first(self) -> tuple[list[Element], str]:
        """The state to begin with."""
        return self.frame(self.start)

    def __repr__(self) -> str:
        count = math.prod(len(c.values) for c in self.controls)
        values = ", ".join(f"{c.name} {c.labels[c.start]}" for c in self.controls)
        owner = f" of {self.name}" if self.name else ""
        controls = ", ".join(map(str, self.controls))
        return f"<explorer{owner}: {controls} · {count} states · at {values}: {self.first[1]}>"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        bundle = {"text/plain": repr(self)}
        if _for_a_page():
            bundle["text/html"] = self.html()
            if not _has_kernel() and importlib.util.find_spec("ipywidgets"):
                bundle |= _view(self.widget())
        else:
            elements, readout = self.first
            bundle["text/html"] = self._still(elements, readout)
            if importlib.util.find_spec("ipywidgets"):
                bundle |= _view(self.widget())
        return bundle

    # In a live notebook.

    def widget(self):
        """Return the live form: ipywidgets whose picture is drawn anew when one of them is moved.

        Returns
        -------
        ipywidgets.VBox
            The controls and the picture.

        Raises
        ------
        ImportError
            If ipywidgets is not installed.
        """
        import ipywidgets

        def widget_of(control):
            look = {"description": control.name.replace("_", " "), "style": {"description_width": "initial"}}
            if control.kind == "checkbox":
                return ipywidgets.Checkbox(value=bool(control.start), **look)
            kind = ipywidgets.SelectionSlider if control.kind == "range" else ipywidgets.Dropdown
            options = list(zip(control.labels, range(len(control.values)), strict=True))
            return kind(options=options, value=control.start, **look)

        widgets = [widget_of(c) for c in self.controls]
        picture = ipywidgets.HTML(self._still(*self.first))

        def redraw(change):
            picture.value = self._still(*self.frame(tuple(int(w.value) for w in widgets)))

        for widget in widgets:
            widget.observe(redraw, "value")
        heading = [ipywidgets.HTML(f"<b>{html.escape(self.caption)}</b>")] if self.caption else []
        return ipywidgets.VBox([*heading, *widgets, picture])

    def _still(self, elements, readout):
        drawn = svg(figure(*self.size), elements, readout)
        return (
            f'<figure class="picture act"><style>{CSS}</style>{drawn}<p>{html.escape(readout)}</p></figure>'
        )

    # On a page.

    def html(self) -> str:
        """Return the form for a page: a picture, the browser's own controls, and all states.

        Returns
        -------
        str
            One ``figure`` element that needs nothing else.
        """
        elements, readout = self.first
        frames = [self.frame(p) for p in self.positions()]
        packed = base64.b64encode(
            gzip.compress(json.dumps(pack(frames), **COMPACT).encode(), 9, mtime=0)
        ).decode()
        caption = f"<figcaption>{html.escape(self.caption)}</figcaption>" if self.caption else ""
        controls = "".join(_control_html(c, f"{self.uid}-c{i}") for i, c in enumerate(self.controls))
        return (
            f'<figure class="explorer act" id="{self.uid}"><style>{CSS}{_asset("explore.css")}</style>{caption}'
            f'<div class="controls">{controls}</div>{svg(figure(*self.size), elements, readout)}'
            f'<div class="foot"><p class="readout" aria-live="polite">{html.escape(readout)}</p>'
            f'<button type="button" disabled>Reset</button></div>'
            f'<script type="text/plain" data-states>{packed}</script>'
            f"<script>{_asset('explore.js')}</script></figure>"
        )


COMPACT = {"separators": (",", ":"), "ensure_ascii": False}


def _asset(name: str) -> str:
    lines = files("activations").joinpath(name).read_text(encoding="utf-8").splitlines()
    stripped = (line.strip() for line in lines)
    return "\n".join(line for line in stripped if line and not line.startswith("//"))


def _control_html(control: Control, uid: str) -> str:
    first = f'id="{uid}" autocomplete="off" disabled'
    label = f'<label for="{uid}">{html.escape(control.name.replace("_", " "))}</label>'
    if control.kind == "range":
        last = len(control.values) - 1
        first += f' min="0" max="{last}" step="1" value="{control.start}"'
        tag = f'<input type="range" {first} aria-valuetext="{html.escape(control.labels[control.start])}">'
    elif control.kind == "checkbox":
        tag = f'<input type="checkbox" {first}{" checked" if control.start else ""}>'
    else:
        options = "".join(
            f"<option{' selected' if i == control.start else ''}>{html.escape(text)}</option>"
            for i, text in enumerate(control.labels)
        )
        tag = f"<select {first}>{options}</select>"
    labels = html.escape(json.dumps(control.labels, **COMPACT))
    shown = html.escape(control.labels[control.start])
    return (
        f'<div class="control" data-labels="{labels}">{label}{tag}<output for="{uid}">{shown}</output></div>'
    )


def pack(frames: list[tuple[list[Element], str]]) -> dict:
    """Return what differs between the states, ready for JSON.

    Parameters
    ----------
    frames : list
        Drawing and readout of each state.

    Returns
    -------
    dict
        ``readouts``: one per state. ``slots``: for each attribute or text that changes, the index of the element and
        the name of the attribute ("" for what stands inside). Its distinct values are in ``groups``, each of values
        that differ in numbers only: ``text``, what stands between the numbers, and ``numbers``, as differences from
        the value before and along the value, where x and y alternate. ``rows`` says which value belongs to a state,
        unless they simply follow each other. If the elements themselves differ between states: ``elements``, and
        ``frames`` made of them.

    Examples
    --------
    >>> frames = [([Element("path", {"d": f"M0 {y}L5 9"})], "") for y in (3, 4)]
    >>> pack(frames)["slots"][0]["groups"][0]["numbers"]
    [0, 3, 5, 6, 0, 1, 0, -1]
    """
    drawings, readouts = [elements for elements, _ in frames], [readout for _, readout in frames]
    stored = {"readouts": readouts, "slots": []}
    if len({tuple((e.tag, *e.attributes) for e in elements) for elements in drawings}) > 1:
        known: dict[str, int] = {}
        stored["frames"] = [[known.setdefault(str(e), len(known)) for e in elements] for elements in drawings]
        stored["elements"] = list(known)
        return stored
    for i, states in enumerate(zip(*drawings, strict=True)):
        for name in ("", *states[0].attributes):
            values = [e.attributes[name] if name else e.content for e in states]
            if len(set(values)) > 1:
                stored["slots"].append({"element": i, "attribute": name, **_pack_values(values)})
    return stored


_NUMBER = re.compile(r"-?\d+")


def _pack_values(values: list[str]) -> dict:
    groups: dict[tuple, dict[str, None]] = {}
    for value in values:
        # Written with leading zeros or as -0, a number would not come back as it was.
        exact = all(str(int(n)) == n for n in _NUMBER.findall(value))
        groups.setdefault(tuple(_NUMBER.split(value)) if exact else (value,), {})[value] = None
    packed, order = [], {}
    for text, distinct in groups.items():
        order |= {value: len(order) + i for i, value in enumerate(distinct)}
        numbers = [_NUMBER.findall(value) if len(text) > 1 else [] for value in distinct]
        numbers = np.array(numbers, dtype=np.int64)
        numbers[1:] -= numbers[:-1].copy()
        numbers[:, 2:] -= numbers[:, :-2].copy()
        packed.append({"text": list(text), "count": len(distinct), "numbers": numbers.ravel().tolist()})
    rows = [order[value] for value in values]
    return {"groups": packed} | ({} if rows == list(range(len(rows))) else {"rows": rows})


def unpack(stored: dict, first: list[Element], state: int) -> list[Element]:
    """Return the drawing of a state from what `pack` stored: what the script does in the page.

    Parameters
    ----------
    stored : dict
        What `pack` returned.
    first : list of Element
        Any one of the drawings.
    state : int
        Which to return.

    Returns
    -------
    list of Element or of str
        The drawing; of strings where the elements themselves differ between states.

    Examples
    --------
    >>> frames = [([Element("path", {"d": f"M0 {y}L5 9"})], "") for y in (3, 4)]
    >>> unpack(pack(frames), frames[0][0], 1)[0].attributes["d"]
    'M0 4L5 9'
    """
    if "frames" in stored:
        return [stored["elements"][i] for i in stored["frames"][state]]
    elements = [Element(e.tag, dict(e.attributes), e.content) for e in first]
    for slot in stored["slots"]:
        row = slot["rows"][state] if "rows" in slot else state
        for group in slot["groups"]:
            if row < group["count"]:
                break
            row -= group["count"]
        text, numbers = group["text"], np.array(group["numbers"], dtype=np.int64).reshape(group["count"], -1)
        for i in range(2, numbers.shape[1]):
            numbers[:, i] += numbers[:, i - 2]
        exact = map(str, numbers[: row + 1].sum(axis=0).tolist())
        value = text[0] + "".join(n + t for n, t in zip(exact, text[1:], strict=True))
        element = elements[slot["element"]]
        if slot["attribute"]:
            element.attributes[slot["attribute"]] = value
        else:
            elements[slot["element"]] = element._replace(content=value)
    return elements


def _has_kernel() -> bool:
    from_ipython = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(from_ipython, "kernel", None) is not None


def _for_a_page() -> bool:
    """Whether the states must be drawn ahead, because nobody will be there to draw them."""
    told = os.environ.get("COURSE_STATIC")
    if told in ("0", "1"):
        return told == "1"
    # Jupyter's server, VS Code and JupyterLite start kernels for somebody who looks on.
    live = "JPY_SESSION_NAME" in os.environ or "VSCODE_PID" in os.environ or sys.platform == "emscripten"
    return not (_has_kernel() and live)


def _view(widget) -> dict[str, Any]:
    return {
        "application/vnd.jupyter.widget-view+json": {
            "version_major": 2, "version_minor": 0, "model_id": widget.model_id,
        }
    }  # fmt: skip

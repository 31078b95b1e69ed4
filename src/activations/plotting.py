"""Figures in the course's one style, and pictures that follow the page's light or dark theme.

A figure is an ordinary matplotlib `Figure`: `figure()` only dresses the axes that are added to it. A `Picture` is
what a notebook cell returns to show one. It holds a sentence that says what is to be seen, for those who read by ear
and for the stored outputs, and the figure as a small inline SVG: text in the page's own font, colours that the page's
theme decides.

matplotlib's own SVG writer fixes the colours and spends much on what the course does not use, so `drawing` writes the
SVG, as a list of `Element`. The explorer compares such lists to find what changes between two states.
"""

import base64
import functools
import html
import io
import itertools
import math
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.path import Path

from activations.core import Activation

__all__ = ["Picture", "figure", "gallery", "palette", "plot"]

# Okabe and Ito's colours, which people with any colour vision tell apart; those too pale on white are darkened.
# Each is a name, what it is on a light page (and in Python), and what it becomes on a dark one.
_THEMES = {
    "blue": ("#0072b2", "#5ab4f0"),
    "orange": ("#d55e00", "#ff9447"),
    "green": ("#00855f", "#2fc79a"),
    "purple": ("#a8528a", "#e39ac6"),
    "sky": ("#1f88bf", "#8fd3ff"),
    "gold": ("#a37200", "#f2c14e"),
    "grey": ("#6b6b6b", "#a3a3a3"),
    "faint": ("#d9d9d9", "#454b52"),
    "paper": ("#ffffff", "#121417"),
}
palette: Mapping[str, str] = MappingProxyType({name: light for name, (light, _) in _THEMES.items()})
"""Named colours. In a picture each follows the page's theme: ``ax.plot(x, y, color=palette["blue"])``.

``blue``, ``orange``, ``green``, ``purple``, ``sky``, ``gold`` and ``grey`` are for data, in this order; ``faint`` is
for the grid and other background, ``paper`` is the page itself. Text and lines in black follow the page's text.
"""

_CYCLE = ("blue", "orange", "green", "purple", "sky", "gold", "grey")

# 10 points, matplotlib's size of text, come out as 15 pixels, and as 9 on a phone, where a picture shrinks.
DPI = 108
WIDTH, HEIGHT = 5.2, 2.9
# All coordinates are whole numbers of a tenth of a pixel: finer than any screen, and short to write.
UNITS = 10
# Far outside, where a curve leaves the picture; keeps whole numbers small.
FAR = 100_000

# What matplotlib looks up when it makes axes. The rest of its defaults suit us.
STYLE = {
    "axes.prop_cycle": matplotlib.cycler(color=[palette[name] for name in _CYCLE]),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": palette["grey"],
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titley": 1.0,  # or matplotlib looks for a place, at the cost of drawing the ticks twice
    "axes.facecolor": "none",
    "grid.color": palette["faint"],
    "grid.linewidth": 0.7,
    "xtick.color": palette["grey"],
    "ytick.color": palette["grey"],
    "xtick.labelcolor": "black",
    "ytick.labelcolor": "black",
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
}
# Inches around the axes: room for tick labels and a label, and above for a title or a legend.
MARGINS = {"left": 0.62, "right": 0.12, "bottom": 0.48, "top": 0.34}


class StyledFigure(Figure):
    """A figure whose axes come in the course's style."""

    def add_axes(self, *args, **kwargs):
        """Add axes, as `Figure.add_axes` does."""
        with matplotlib.rc_context(STYLE):
            return _quick(super().add_axes(*args, **kwargs))

    def add_subplot(self, *args, **kwargs):
        """Add axes on a grid, as `Figure.add_subplot` does."""
        with matplotlib.rc_context(STYLE):
            return _quick(super().add_subplot(*args, **kwargs))


def _quick(axes):
    """Let axes take ticks, grid and labels from an earlier drawing where these look the same.

    They cost more than all the rest of a figure, and in the states of an explorer they hardly ever differ.
    """
    if type(axes) is Axes:
        for axis in (axes.xaxis, axes.yaxis):
            axis.draw = functools.partial(_draw_axis, axis)
    return axes


def _draw_axis(axis, renderer):
    draw = functools.partial(type(axis).draw, axis, renderer)
    if isinstance(renderer, Renderer):
        renderer.draw_once(_look_of(axis), draw)
    else:
        draw()


def _look_of(axis):
    """Return all that decides what an axis looks like."""
    axes, label = axis.axes, axis.label
    major, minor = axis.get_majorticklocs(), axis.get_minorticklocs()
    texts = axis.major.formatter.format_ticks(major), axis.minor.formatter.format_ticks(minor)
    trans = axes.transData.transform(np.column_stack([[0, 1], [0, 1]]))
    return repr((
        type(axis), axis.get_visible(), axis.get_label_position(), axis.get_ticks_position(), axis.labelpad,
        axis.major.formatter.get_offset(), major.tolist(), minor.tolist(), texts, axis.get_view_interval().tolist(),
        axis.get_scale(), trans.tolist(), axes.bbox.bounds, axis._major_tick_kw, axis._minor_tick_kw,
        label.get_text(), label.get_color(), hash(label.get_fontproperties()), label.get_visible(),
        label.get_rotation(), label.get_ha(), label.get_va(), label.get_alpha(), label.get_position(),
        # One tick is there from the start. More are there if they may have been changed one by one.
        [_look_of_tick(tick) for ticks in (axis.majorTicks, axis.minorTicks) for tick in ticks],
    ))  # fmt: skip


def _look_of_tick(tick):
    label, line = tick.label1, tick.gridline
    return (
        label.get_color(), hash(label.get_fontproperties()), label.get_visible(), label.get_rotation(), label.get_ha(),
        label.get_va(), label.get_alpha(), line.get_visible(), line.get_color(), line.get_linewidth(),
        line.get_linestyle(), line.get_alpha(), tick.tick1line.get_visible(), tick.get_visible(), tick.get_pad(),
    )  # fmt: skip


def figure(width: float = WIDTH, height: float = HEIGHT) -> Figure:
    """Return an empty matplotlib figure in the course's style.

    Margins are fixed, so nothing jumps when the numbers at the axes change; `Figure.subplots_adjust` moves them.

    Parameters
    ----------
    width, height : float, default 5.2 and 2.9
        Size in inches, at 108 pixels per inch. On a phone the picture shrinks to about 350 pixels, text and all:
        rather than wider, make it higher and put panels under each other.

    Returns
    -------
    matplotlib.figure.Figure
        Without axes; make them by ``fig.subplots()``.

    Raises
    ------
    ValueError
        If `width` or `height` is not a positive number.

    Examples
    --------
    >>> ax = figure().subplots()
    >>> ax.spines["top"].get_visible()
    False
    """
    for name, size in (("width", width), ("height", height)):
        if not (isinstance(size, int | float) and 0.5 <= size <= 50):
            raise ValueError(f"{name} must be a number of inches from 0.5 to 50, got {size!r}")
    fig = StyledFigure(figsize=(width, height), dpi=DPI, facecolor="none", layout="none")
    fig.subplots_adjust(
        left=MARGINS["left"] / width,
        right=1 - MARGINS["right"] / width,
        bottom=MARGINS["bottom"] / height,
        top=1 - MARGINS["top"] / height,
        hspace=0.35,
    )
    return fig


class Element(NamedTuple):
    """One SVG element: its tag, attributes, and what stands inside it, already escaped."""

    tag: str
    attributes: dict[str, str]
    content: str = ""

    def __str__(self) -> str:
        attributes = "".join(f' {k}="{html.escape(v)}"' for k, v in self.attributes.items())
        if not self.content:
            return f"<{self.tag}{attributes}/>"
        return f"<{self.tag}{attributes}>{self.content}</{self.tag}>"


def drawing(fig: Figure, uid: str, renderer: "Renderer | None" = None) -> list[Element]:
    """Return all that is drawn on a figure.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure.
    uid : str
        What the ids in the drawing begin with, different for each picture of a page.
    renderer : Renderer, optional
        One to use again, because it remembers the size of texts.

    Returns
    -------
    list of Element
        The same for the same figure, whenever it is drawn.

    Examples
    --------
    >>> fig = figure()
    >>> _ = fig.text(0.5, 0.5, "hello")
    >>> drawing(fig, "a")[-1].content
    'hello'
    """
    for legend in itertools.chain(fig.legends, (ax.get_legend() for ax in fig.axes)):
        if legend is not None:
            legend.set_frame_on(False)
    # Small images are stored as they are; the browser makes them bigger, and keeps their pixels sharp.
    for image in (image for ax in fig.axes for image in ax.images):
        if (
            image.get_interpolation() in ("auto", "antialiased", "nearest")
            and image.get_array().size < 40_000
        ):
            image.set_interpolation("none")
        if image.get_zorder() == 0:
            image.set_zorder(0.6)  # above the grid, below all else
    renderer = renderer or Renderer()
    renderer.begin(fig, uid)
    fig.draw(renderer)
    clips = (
        Element("clipPath", {"id": k}, str(Element("path", {"d": v}))) for k, v in renderer.clips.items()
    )
    return [*clips, *renderer.elements]


def svg(fig: Figure, elements: list[Element], alt: str) -> str:
    """Return a drawing as an inline SVG.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure, for its size.
    elements : list of Element
        What `drawing` returned.
    alt : str
        What is to be seen.

    Returns
    -------
    str
        One element; it shrinks with the page, and needs `CSS` for its dark colours only.

    Examples
    --------
    >>> fig = figure(1, 1)
    >>> svg(fig, drawing(fig, "a"), "nothing").startswith('<svg role="img" aria-label="nothing" width="108"')
    True
    """
    width, height = (round(size * fig.dpi) for size in fig.get_size_inches())
    return (
        f'<svg role="img" aria-label="{html.escape(alt)}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width * UNITS} {height * UNITS}" font-size="{round(10 * fig.dpi / 72 * UNITS)}" '
        f'fill="none" stroke-linejoin="round">{"".join(map(str, elements))}</svg>'
    )


class Renderer(RendererBase):
    """What matplotlib draws on: turns its calls into a list of `Element`."""

    def __init__(self):
        super().__init__()
        self.drawn: dict[tuple, tuple] = {}

    def begin(self, fig: Figure, uid: str) -> None:
        """Start a new drawing."""
        self.dpi = fig.dpi
        self.width, self.height = fig.get_size_inches() * fig.dpi
        self.uid = uid
        self.elements: list[Element] = []
        self.clips: dict[str, str] = {}

    def draw_once(self, look, draw) -> None:
        """Call `draw` unless the same look was drawn before; then repeat what it drew."""
        key = self.uid, self.width, self.height, look
        if key not in self.drawn:
            elements, clips = self.elements, self.clips
            self.elements, self.clips = [], {}
            draw()
            self.drawn[key] = self.elements, self.clips
            self.elements, self.clips = elements, clips
        elements, clips = self.drawn[key]
        self.elements += elements
        self.clips |= clips

    # What matplotlib asks of a renderer.

    def get_canvas_width_height(self):  # noqa: D102
        return self.width, self.height

    def points_to_pixels(self, points):  # noqa: D102
        return points * self.dpi / 72

    def option_image_nocomposite(self):  # noqa: D102
        return True

    def draw_path(self, gc, path, transform, rgbFace=None):  # noqa: D102, N803
        data = self._path_data(path, transform)
        if data:
            self._add_path(gc, data, rgbFace)

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):  # noqa: D102, N803
        offsets = _finite(trans.transform(path.vertices))
        marker = marker_path.transformed(marker_trans)
        parts = (self._path_data(Path(marker.vertices + o, marker.codes), None) for o in offsets)
        data = "".join(parts)
        if data:
            self._add_path(gc, data, rgbFace)

    def option_scale_image(self):  # noqa: D102
        return True

    def draw_image(self, gc, x, y, im, transform=None):  # noqa: D102
        from PIL import Image

        corners = (
            np.array([[0, 0], im.shape[1::-1]])
            if transform is None
            else transform.transform([[0, 0], [1, 1]])
        )
        (left, bottom), (right, top) = corners + (x, y)
        pixels = np.asarray(im)[:: 1 if top < bottom else -1, :: -1 if right < left else 1]
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, format="png", optimize=True)
        attributes = {
            "x": _whole(min(left, right) * UNITS),
            "y": _whole((self.height - max(top, bottom)) * UNITS),
            "width": _whole(abs(right - left) * UNITS),
            "height": _whole(abs(top - bottom) * UNITS),
            "preserveAspectRatio": "none",
            "href": "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode(),
        }
        if transform is not None:
            attributes["style"] = "image-rendering:pixelated"
        self._add("image", gc, attributes)

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):  # noqa: D102
        content = _math_text(self, s, prop) if ismath else html.escape(s)
        if content is None:  # a formula that is more than a line of letters
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)
            return
        attributes = {}
        # Anchored where the author put it, text stays in place whatever the width of the page's font.
        if mtext is not None and (angle == 0 or mtext.get_rotation_mode() == "anchor"):
            ha, (ax, ay) = mtext.get_ha(), mtext.get_transform().transform(mtext.get_unitless_position())
            if ha != "left":
                attributes["text-anchor"] = {"center": "middle", "right": "end"}[ha]
            # Along the line of text the author's point counts, across it matplotlib's, which knows the baseline.
            turn = math.radians(angle)
            along, across = (math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))
            s1 = ax * along[0] + ay * along[1]
            s2 = x * across[0] + (self.height - y) * across[1]
            x, y = s1 * along[0] + s2 * across[0], self.height - s1 * along[1] - s2 * across[1]
        px, py = _whole(x * UNITS), _whole(y * UNITS)
        if angle:
            attributes["transform"] = f"translate({px} {py}) rotate({-angle:g})"
        else:
            attributes |= {"x": px, "y": py}
        size = _whole(self.points_to_pixels(prop.get_size_in_points()) * UNITS)
        if size != _whole(self.points_to_pixels(10) * UNITS):
            attributes["font-size"] = size
        if prop.get_weight() in ("bold", 700):
            attributes["font-weight"] = "bold"
        if prop.get_style() != "normal":
            attributes["font-style"] = prop.get_style()
        if "monospace" in prop.get_family():
            attributes["font-family"] = "monospace"
        paint = {"fill": _css(gc.get_rgb())}
        if gc.get_alpha() != 1:
            paint["opacity"] = f"{gc.get_alpha():.3g}"
        self._add("text", gc, attributes | {"style": _style(paint)}, content)

    # How an element is written.

    def _add(self, tag, gc, attributes, content=""):
        clip = self._clip(gc)
        if clip:
            attributes["clip-path"] = f"url(#{clip})"
        self.elements.append(Element(tag, attributes, content))

    def _add_path(self, gc, data, face):
        alpha = gc.get_alpha() if gc.get_forced_alpha() else None
        paint = {}
        if face is not None and (opacity := _opacity(face, alpha)) > 0:
            paint["fill"] = _css(face)
            if opacity < 1:
                paint["fill-opacity"] = f"{opacity:.3g}"
        width = self.points_to_pixels(gc.get_linewidth())
        if width > 0 and (opacity := _opacity(gc.get_rgb(), alpha)) > 0:
            paint["stroke"] = _css(gc.get_rgb())
            paint["stroke-width"] = _whole(width * UNITS)
            if opacity < 1:
                paint["stroke-opacity"] = f"{opacity:.3g}"
            if gc.get_capstyle() != "butt":
                paint["stroke-linecap"] = {"projecting": "square"}.get(gc.get_capstyle(), gc.get_capstyle())
            offset, dashes = gc.get_dashes()
            if dashes:
                paint["stroke-dasharray"] = " ".join(_whole(self.points_to_pixels(d) * UNITS) for d in dashes)
                if offset:
                    paint["stroke-dashoffset"] = _whole(self.points_to_pixels(offset) * UNITS)
        if gc.get_hatch():
            raise ValueError("hatch is not drawn by pictures; tell areas apart by colour or by a label")
        if paint:
            self._add("path", gc, {"d": data, "style": _style(paint)})

    def _clip(self, gc):
        box, (path, transform) = gc.get_clip_rectangle(), gc.get_clip_path()
        if path is not None:
            data = self._path_data(path, transform)
        elif box is not None:
            data = self._path_data(Path.unit_rectangle(), matplotlib.transforms.BboxTransformTo(box))
        else:
            return None
        # Named after what it is, so that elements can be kept for another drawing.
        name = f"{self.uid}-{zlib.crc32(data.encode()):x}"
        self.clips[name] = data
        return name

    def _path_data(self, path, transform):
        points = path.vertices if transform is None else transform.transform(path.vertices)
        if not len(points):
            return ""
        points = np.clip(points * (UNITS, -UNITS) + (0, self.height * UNITS), -FAR, FAR)
        if path.codes is not None:
            return _segments(points, path.codes)
        gaps = np.flatnonzero(~np.isfinite(points).all(axis=1))
        return "".join(_polyline(run[np.isfinite(run).all(axis=1)]) for run in np.split(points, gaps))


def _whole(number) -> str:
    return str(round(number))


def _polyline(points) -> str:
    numbers = np.rint(points).astype(int).ravel().tolist()
    return f"M{numbers[0]} {numbers[1]}L{' '.join(map(str, numbers[2:]))}" if len(numbers) > 2 else ""


_LETTERS = {Path.MOVETO: ("M", 1), Path.LINETO: ("L", 1), Path.CURVE3: ("Q", 2), Path.CURVE4: ("C", 3)}


def _segments(points, codes) -> str:
    """Write a path with curves or jumps; after a point that is no number the line begins anew."""
    parts, pen_up, i = [], True, 0
    while i < len(points):
        if codes[i] == Path.STOP:
            break
        if codes[i] == Path.CLOSEPOLY:
            parts.append("" if pen_up else "Z")
            i += 1
            continue
        letter, count = _LETTERS[codes[i]]
        piece = points[i : i + count]
        i += count
        if not np.isfinite(piece).all():
            pen_up = True
            continue
        if pen_up:
            piece, letter = piece[-1:], "M"
        parts.append(letter + " ".join(map(str, np.rint(piece).astype(int).ravel().tolist())))
        pen_up = False
    return "".join(parts)


def _finite(points):
    return points[np.isfinite(points).all(axis=1)]


def _style(paint: dict[str, str]) -> str:
    return ";".join(f"{k}:{v}" for k, v in paint.items())


def _opacity(rgba, alpha) -> float:
    return alpha if alpha is not None else rgba[3] if len(rgba) == 4 else 1.0


_VARIABLES = {light: f"var(--act-{name},{light})" for name, light in palette.items()} | {
    "#000000": "currentColor"
}
_css_cache: dict[tuple, str] = {}


def _css(rgba) -> str:
    """Return a colour as the page should read it: the theme's where it is one of the palette."""
    key = tuple(rgba[:3])
    if key not in _css_cache:
        colour = to_hex(key)
        _css_cache[key] = _VARIABLES.get(colour, colour)
    return _css_cache[key]


def _math_text(renderer, s, prop) -> str | None:
    """Return a formula as a line of letters, raised and lowered; None where it takes more than that."""
    _, _, _, glyphs, rectangles = renderer._text2path.mathtext_parser.parse(s, 72, prop)
    if rectangles:
        return None
    size = prop.get_size_in_points()
    runs, level, end = [], 0.0, 0.0
    # Older matplotlib gives (font, size, code, x, y), newer also the glyph's index.
    for font, fontsize, code, *_, x, y in sorted(glyphs, key=lambda g: g[-2]):
        style = (round(fontsize / size, 2), round(y, 1), "Oblique" in font.postscript_name)
        letter = chr(code)
        if font.postscript_name.startswith("Cm"):  # TeX's own fonts number their signs in their own way
            if (font.postscript_name, letter) != ("Cmsy10", "0"):
                return None
            style, letter = (1, 0, False), "′"
        space = " " if x - end > 0.2 * size and runs else ""
        if runs and runs[-1][0] == style:
            runs[-1][1] += space + letter
        else:
            runs.append([style, space + letter])
        font.set_size(fontsize, 72)
        end = x + font.load_char(code).linearHoriAdvance / 65536
    parts = []
    for (scale, y, italic), text in runs:
        shift = round((level - y) / size / scale, 2)
        level = y
        attributes = {"dy": f"{shift:g}em"} if shift else {}
        attributes |= {"font-size": f"{scale * 100:g}%"} if scale != 1 else {}
        attributes |= {"font-style": "italic"} if italic else {}
        text = html.escape(text)
        parts.append(str(Element("tspan", attributes, text)) if attributes else text)
    return "".join(parts)


def _declarations(which: int) -> str:
    scheme = ("light", "dark")[which]
    return f"color-scheme:{scheme};" + ";".join(
        f"--act-{name}:{pair[which]}" for name, pair in _THEMES.items()
    )


# JupyterLab, VS Code and the book's theme each say in their own way whether they are dark; else the system does.
CSS = (
    f".act{{{_declarations(0)};margin:1em 0}}"
    ".act svg{display:block;max-width:100%;height:auto;overflow:visible}"
    f":is(html[data-theme=dark],body[data-jp-theme-light=false],body.vscode-dark) .act{{{_declarations(1)}}}"
    "@media(prefers-color-scheme:dark){:root:not([data-theme]) body:not([data-jp-theme-light],.vscode-light) "
    f".act{{{_declarations(1)}}}}}"
)

_numbers = itertools.count(1)


def new_uid() -> str:
    """Return an id for one more picture of this kernel; run again from the start, a notebook gets the same ones."""
    return f"act{next(_numbers)}"


class Picture:
    """A figure as a notebook cell shows it: an inline SVG that follows the page's theme, and a sentence in its place.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure, best made by `figure`.
    alt : str
        One or two sentences that tell what is to be seen to somebody who does not see it: the finding, not the
        ingredients. The same text stands in the stored outputs, so it must not differ between two runs.
    caption : str, optional
        A line under the picture, for all readers.

    Raises
    ------
    ValueError
        If `alt` is empty.
    TypeError
        If `fig` is not a figure or `alt` not a string.

    Examples
    --------
    >>> fig = figure()
    >>> _ = fig.subplots().plot([0, 1], [0, 1])
    >>> Picture(fig, "A straight line.")
    <picture: A straight line.>
    """

    def __init__(self, fig: Figure, alt: str, caption: str = ""):
        if not isinstance(fig, Figure):
            raise TypeError(f"fig must be a matplotlib Figure, got {type(fig).__name__}")
        if not isinstance(alt, str):
            raise TypeError(f"alt must be a string, got {type(alt).__name__}")
        if not alt.strip():
            raise ValueError("alt must say what is to be seen, got an empty text")
        self.fig, self.alt, self.caption = fig, " ".join(alt.split()), caption
        self._uid = ""

    def __repr__(self) -> str:
        return f"<picture: {self.alt}>"

    def _repr_html_(self) -> str:
        self._uid = self._uid or new_uid()
        drawn = svg(self.fig, drawing(self.fig, self._uid), self.alt)
        caption = f"<figcaption>{html.escape(self.caption)}</figcaption>" if self.caption else ""
        return f'<figure class="picture act"><style>{CSS}</style>{drawn}{caption}</figure>'

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}


def plot(
    *records: Activation, x: tuple[float, float] = (-5, 5), derivative: bool = True, **params
) -> Picture:
    """Show activation functions and their derivatives.

    One function shares the axes with its derivative, dashed; several are shown above their derivatives. Where a
    function or a slope jumps, the line has a gap.

    Parameters
    ----------
    *records : Activation
        At least one, at most seven.
    x : tuple of float, default (-5, 5)
        From where to where.
    derivative : bool, default True
        Whether to show the derivatives too.
    **params
        Parameters, each for all records that have one of this name.

    Returns
    -------
    Picture
        With a text made from the numbers it shows.

    Raises
    ------
    TypeError
        If there is no record, if one is not elementwise, or if none has a parameter of a given name.
    ValueError
        If `x` is not a finite interval, there are too many records, or a parameter is not legal.

    Examples
    --------
    >>> from activations import relu
    >>> plot(relu, x=(-2, 2))
    <picture: From −2 to 2: relu takes values from 0 to 2, its slope is from 0 to 1, with a kink at 0.>
    """
    _check_elementwise(records, "plot")
    if len(records) > len(_CYCLE):
        raise ValueError(f"records must be at most {len(_CYCLE)}, one per colour, got {len(records)}")
    low, high = _check_range(x)
    unknown = [name for name in params if not any(name in r.params for r in records)]
    if unknown:
        raise TypeError(f"none of {', '.join(r.name for r in records)} has a parameter {unknown[0]!r}")
    own = [{k: v for k, v in params.items() if k in r.params} for r in records]
    stacked = derivative and len(records) > 1
    fig = figure(height=4.6 if stacked else HEIGHT)
    axes = fig.subplots(2, 1, sharex=True, gridspec_kw={"hspace": 0.15}) if stacked else [fig.subplots()]
    for i, (record, bound) in enumerate(zip(records, own, strict=True)):
        # Where curves coincide, the earlier one shows on both sides of the later.
        look = {"color": palette[_CYCLE[i]], "lw": 1.5 if len(records) == 1 else max(1.0, 3.2 - 0.8 * i)}
        _curve(axes[0], record, bound, low, high, label=record.name, **look)
        if derivative:
            look = look if stacked else {"color": palette["orange"], "ls": (0, (5, 2))}
            _curve(axes[-1], record, bound, low, high, slope=True, label="derivative", **look)
    axes[0].set(xlim=(low, high), ylabel="value" if stacked else "")
    axes[-1].set(xlabel="x", ylabel="derivative" if stacked else "")
    if stacked or derivative or len(records) > 1:
        legend_above(axes[0])
    return Picture(
        fig, f"From {number(low)} to {number(high)}: " + _sentence(records, own, low, high, derivative)
    )


def gallery(*records: Activation, x: tuple[float, float] = (-5, 5), columns: int = 3) -> Picture:
    """Show many activation functions, each on axes of its own, with its derivative dashed.

    All have the same scale, so that they can be compared.

    Parameters
    ----------
    *records : Activation
        At least one; vector functions have no curve and are an error.
    x : tuple of float, default (-5, 5)
        From where to where, and the limits of the values too.
    columns : int, default 3
        How many stand side by side; at least 1.

    Returns
    -------
    Picture
        With the names in its text.

    Raises
    ------
    TypeError
        If there is no record, or one is not elementwise.
    ValueError
        If `x` is not a finite interval, or `columns` is below 1.

    Examples
    --------
    >>> from activations import relu, tanh
    >>> gallery(relu, tanh)
    <picture: Small pictures of relu and tanh from −5 to 5, each with its derivative dashed.>
    """
    _check_elementwise(records, "gallery")
    low, high = _check_range(x)
    if not isinstance(columns, int) or columns < 1:
        raise ValueError(f"columns must be a whole number of at least 1, got {columns!r}")
    rows = -(-len(records) // columns)
    fig = figure(height=max(0.5, 1.45 * rows + 0.35))
    axes = fig.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    # No labels on the axes and no legend, so the margins may be narrow.
    fig.subplots_adjust(left=0.06, right=0.99, bottom=0.3 / fig.get_figheight(), wspace=0.08)
    for ax, record in zip(axes, records, strict=False):
        _curve(ax, record, {}, low, high, color=palette["blue"], lw=1.8)
        _curve(ax, record, {}, low, high, slope=True, color=palette["orange"], ls=(0, (5, 2)), lw=1.2)
        ax.set(xlim=(low, high), ylim=(low, high))
        ax.set_title(record.name, fontsize=9, pad=3)
    for ax in axes[len(records) :]:
        ax.set_visible(False)
    names = [record.name for record in records]
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    span = f"from {number(low)} to {number(high)}"
    return Picture(fig, f"Small pictures of {listed} {span}, each with its derivative dashed.")


def legend_above(ax) -> None:
    """Put a legend above the axes, out of the way of the curves.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes whose artists have labels.

    Examples
    --------
    >>> ax = figure().subplots()
    >>> _ = ax.plot([0, 1], label="a line")
    >>> legend_above(ax)
    """
    count = len(ax.get_legend_handles_labels()[1])
    ax.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=min(count, 4), frameon=False, borderpad=0.2, borderaxespad=0,
        handlelength=1.6, columnspacing=1.4,
    )  # fmt: skip


def number(value: float, digits: int = 3) -> str:
    """Return a number for a sentence or a label: a few significant digits, a true minus sign.

    Parameters
    ----------
    value : float
        The number.
    digits : int, default 3
        How many significant digits.

    Returns
    -------
    str
        Without trailing zeros.

    Examples
    --------
    >>> number(-0.25)
    '−0.25'
    """
    return f"{value + 0.0:.{digits}g}".replace("-", "−").replace("inf", "∞")


def sample(
    record: Activation,
    low: float,
    high: float,
    params: Mapping | None = None,
    slope: bool = False,
    count: int = 161,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the points of a curve: evenly spaced, exact at the joints, with a gap (NaN) where it jumps.

    Parameters
    ----------
    record : Activation
        The function.
    low, high : float
        From where to where.
    params : mapping, optional
        Parameters of the function.
    slope : bool, default False
        Whether to take the derivative rather than the value.
    count : int, default 161
        How many points besides those at the joints.

    Returns
    -------
    tuple of numpy.ndarray
        The two coordinates.

    Examples
    --------
    >>> from activations import relu
    >>> x, y = sample(relu, -1, 1, slope=True, count=2)
    >>> print(np.round(x, 3), y)
    [-1. -0.  0.  0.  1.] [ 0.  0. nan  1.  1.]
    """
    params = params or {}
    rule = record.derivative if slope else record
    joints = [j for j in record.joints(**params) if low < j < high]
    jumps = record.smoothness(**params) < (1 if slope else 0)
    grid = np.linspace(low, high, count)
    # As many points wherever the jump is: the explorer then stores numbers only.
    xs = [np.where(np.isin(grid, joints), np.nextafter(grid, -np.inf), grid) if jumps else grid]
    for j in joints:
        xs.append([np.nextafter(j, -np.inf), j, np.nextafter(j, np.inf)] if jumps else [j])
    x = np.concatenate(xs)
    x = x[np.argsort(x, kind="stable")]
    y = np.array(rule(x, **params))
    if jumps:
        y[np.isin(x, joints)] = np.nan
    return x, y


def _curve(ax, record, params, low, high, slope=False, **look):
    x, y = sample(record, low, high, params, slope)
    ax.plot(x, y, **look)


def _sentence(records, own, low, high, derivative):
    parts = []
    for record, params in zip(records, own, strict=True):
        spelled = f"({', '.join(f'{k}={number(v) if isinstance(v, float | int) else v}' for k, v in params.items())})"
        ends = [_ends(sample(record, low, high, params, slope)[1]) for slope in (False, True)]
        text = f"{record.name}{spelled if params else ''} takes values from {ends[0]}"
        if derivative:
            text += f", its slope is from {ends[1]}"
        joints = [number(j) for j in record.joints(**params) if low < j < high]
        kind = {-1: "jump", 0: "kink"}.get(record.smoothness(**params))
        if kind and joints:
            text += f", with a {kind} at {' and '.join(joints)}"
        parts.append(text)
    return "; ".join(parts) + "."


def _ends(y):
    # Rounded, because beside a jump a curve is sampled at numbers such as 5e-324.
    return f"{number(np.nanmin(y).round(6))} to {number(np.nanmax(y).round(6))}"


def _check_elementwise(records, function):
    if not records:
        raise TypeError(f"{function} needs at least one record, such as {function}(relu)")
    for record in records:
        if not isinstance(record, Activation):
            raise TypeError(f"records must be elementwise activation functions such as relu, got {record!r}")


def _check_range(x):
    try:
        low, high = (float(v) for v in x)
    except (TypeError, ValueError):
        raise ValueError(f"x must be a pair (low, high) of numbers, got {x!r}") from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"x must be a pair (low, high) of finite numbers with low < high, got {x!r}")
    return low, high


def draw_record(
    fig: Figure,
    record: Activation,
    x: tuple[float, float] = (-5, 5),
    ylim: tuple[float, float] | None = None,
    **params,
) -> str:
    """Draw value and derivative of a record for given parameters, and say what they are.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        An empty figure.
    record : Activation
        The function.
    x : tuple of float, default (-5, 5)
        From where to where.
    ylim : tuple of float, optional
        Vertical limits; by default they fit.
    **params
        Parameters of the function.

    Returns
    -------
    str
        A sentence with values and slopes.

    Raises
    ------
    ValueError
        If a parameter is not legal.

    Examples
    --------
    >>> from activations import leaky_relu
    >>> draw_record(figure(), leaky_relu, negative_slope=0.5)
    'leaky_relu(−2) = −1 with slope 0.5; leaky_relu(2) = 2 with slope 1. The steepest slope shown is 1.'
    """
    low, high = _check_range(x)
    ax = _value_and_slope(fig, record, low, high, ylim, params)
    slopes = np.abs(ax.lines[1].get_ydata())
    facts = "; ".join(_fact(record, at, params) for at in (0.4 * low, 0.4 * high))
    return f"{facts}. The steepest slope shown is {number(np.nanmax(slopes))}."


def draw_tangent(
    fig: Figure,
    record: Activation,
    at: float,
    x: tuple[float, float] = (-5, 5),
    ylim: tuple[float, float] | None = None,
) -> str:
    """Draw value and derivative of a record with the tangent at one point, and say what they are there.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        An empty figure.
    record : Activation
        The function, with its default parameters.
    at : float
        The point.
    x : tuple of float, default (-5, 5)
        From where to where.
    ylim : tuple of float, optional
        Vertical limits; by default they fit.

    Returns
    -------
    str
        A sentence with value and slope.

    Examples
    --------
    >>> from activations import relu
    >>> draw_tangent(figure(), relu, 0.0)
    'relu(0) = 0 with slope 0, by convention: here is a kink.'
    """
    low, high = _check_range(x)
    ax = _value_and_slope(fig, record, low, high, ylim, {})
    value, slope = float(record(at)), float(record.derivative(at))
    reach = (high - low) / 8 / math.hypot(1, slope)
    ends = np.array([at - reach, at + reach])
    ax.plot(ends, value + slope * (ends - at), color=palette["green"], lw=3, label="tangent", zorder=3)
    ax.plot([at, at], [value, slope], "o", color=palette["green"], ms=6, zorder=4)
    legend_above(ax)
    kind = {-1: "jump", 0: "kink"}.get(record.smoothness())
    why = f", by convention: here is a {kind}" if kind and at in record.joints() else ""
    return f"{_fact(record, at, {})}{why}."


def _value_and_slope(fig, record, low, high, ylim, params):
    ax = fig.subplots()
    _curve(ax, record, params, low, high, label=record.name, color=palette["blue"])
    _curve(
        ax, record, params, low, high, slope=True, label="derivative", color=palette["orange"], ls=(0, (5, 2))
    )
    ax.set(xlim=(low, high), xlabel="x")
    if ylim is not None:
        ax.set_ylim(ylim)
    legend_above(ax)
    return ax


def _fact(record, at, params):
    value, slope = record(float(at), **params), record.derivative(float(at), **params)
    return f"{record.name}({number(at)}) = {number(value)} with slope {number(slope)}"

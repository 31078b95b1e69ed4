"""Figures and pictures: style, faithful drawing, themes, alternative texts."""

import functools
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from activations import catalogue, leaky_relu, relu, relu6, softmax, threshold
from activations.core import Activation
from activations.plotting import (
    _THEMES,
    CSS,
    UNITS,
    Picture,
    Renderer,
    draw_record,
    draw_tangent,
    drawing,
    figure,
    gallery,
    number,
    palette,
    plot,
    sample,
)

SOURCES = Path(__file__).resolve().parents[1] / "src"
DATA_COLOURS = ["blue", "orange", "green", "purple", "sky", "gold", "grey"]


def luminance(colour):
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return np.dot([0.2126, 0.7152, 0.0722], channels)


def contrast(one, other):
    high, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", DATA_COLOURS)
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_stand_out(name, theme):
    # White and the book's dark page; JupyterLab and VS Code are darker than the second or equal to the first.
    assert contrast(_THEMES[name][theme], ["#ffffff", "#121417"][theme]) >= 3


def test_every_colour_is_declared_for_both_themes():
    for name, (light, dark) in _THEMES.items():
        assert palette[name] == light
        assert CSS.count(f"--act-{name}:{light}") >= 1 and CSS.count(f"--act-{name}:{dark}") >= 2
    assert len(set(palette.values())) == len(palette)


def test_import_has_no_side_effect():
    # To look up the backend would choose one, and import pyplot.
    script = """
import sys, matplotlib
settings = lambda: {k: matplotlib.rcParams[k] for k in matplotlib.rcParams if k != "backend"}
before = settings()
import activations.plotting
assert settings() == before
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True, env=os.environ | {"PYTHONPATH": str(SOURCES)})


@pytest.mark.parametrize(
    "make",
    [
        lambda fig: fig.subplots(),
        lambda fig: fig.subplots(2, 1)[1],
        lambda fig: fig.add_subplot(111),
        lambda fig: fig.add_axes((0.1, 0.1, 0.8, 0.8)),
    ],
)
def test_axes_are_styled_however_they_are_made(make):
    before = dict(matplotlib.rcParams)
    ax = make(figure())
    assert not ax.spines["top"].get_visible() and not ax.spines["right"].get_visible()
    assert ax.plot([0, 1])[0].get_color() == palette["blue"]
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("size", [{"width": 0}, {"height": -1}, {"width": "wide"}, {"height": float("nan")}])
def test_bad_size(size):
    with pytest.raises(ValueError, match=next(iter(size))):
        figure(**size)


# Drawing: the same as matplotlib's own SVG, to a tenth of a pixel.


def lines(ax):
    x = np.linspace(0.1, 5, 40)
    ax.plot(x, np.sin(x), label="sine")
    ax.plot(x, np.where(abs(x - 2) < 0.3, np.nan, x), "--", alpha=0.5)
    ax.plot([1, 2], [0.5, 1], "o", ms=9)
    ax.set(xlabel="layers", ylabel="share", title="A title")
    ax.legend()


def logarithmic(ax):
    ax.semilogy(np.arange(1, 20), 0.5 ** np.arange(1, 20))
    ax.tick_params("x", rotation=30)
    ax.set_xlabel("depth $n$", color=palette["green"])


def shapes(ax):
    ax.bar([1, 2, 3], [3, 1, 2], color=palette["orange"])
    ax.fill_between([1, 2, 3], [0, 1, 0], [1, 2, 2], alpha=0.3)
    ax.axvspan(1.5, 2, color=palette["faint"])
    ax.scatter([1, 2], [2, 2], c=palette["purple"])
    ax.annotate("here", (1, 1), (2, 2.5), arrowprops={"arrowstyle": "->"})
    ax.set_xticks([1, 2, 3], ["one", "two", "three"])


def heat(ax):
    ax.imshow(np.arange(6).reshape(2, 3), aspect="auto")
    ax.text(0, 0, "a\nb", ha="center")


PAINTERS = [lines, logarithmic, shapes, heat]
every_painter = pytest.mark.parametrize("paint", PAINTERS, ids=lambda p: p.__name__)


def painted(paint, size=(5, 3)):
    fig = figure(*size)
    paint(fig.subplots())
    return fig


def numbers(text):
    return np.array([float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", text)])


def matplotlib_paths(fig):
    """Return the numbers of every path that matplotlib's SVG writer draws directly, in our units."""
    FigureCanvasSVG(fig)
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "path.simplify": False, "svg.hashsalt": "1"}):
        fig.savefig(buffer, format="svg", dpi=fig.dpi)
    root = ElementTree.fromstring(buffer.getvalue())
    defined = {path for defs in root.findall(".//{*}defs") for path in defs.findall(".//{*}path")}
    paths = [numbers(p.get("d")) for p in root.findall(".//{*}path") if p not in defined]
    return [p * UNITS * fig.dpi / 72 for p in paths]


@pytest.mark.parametrize("paint", [lines, shapes], ids=lambda p: p.__name__)
def test_paths_are_where_matplotlib_puts_them(paint):
    theirs = matplotlib_paths(painted(paint))
    ours = [numbers(e.attributes["d"]) for e in drawing(painted(paint), "a") if e.tag == "path"]
    # matplotlib writes markers in another way; they are the longest here.
    ours = [path for path in ours if len(path) < 100]
    assert len(ours) >= 15
    missing = [
        path
        for path in ours
        if not any(len(t) >= len(path) and np.allclose(t[: len(path)], path, atol=0.6) for t in theirs)
    ]
    assert not missing


def test_ticks_are_where_their_values_are():
    fig = figure()
    ax = fig.subplots()
    ax.set(xlim=(0, 10), ylim=(0, 1), xlabel="x")
    texts = {e.content: e.attributes for e in drawing(fig, "a") if e.tag == "text"}
    left, _ = ax.transData.transform((0, 0))
    right, _ = ax.transData.transform((10, 0))
    assert int(texts["0"]["x"]) == round(left * UNITS)
    assert int(texts["10"]["x"]) == round(right * UNITS)
    assert int(texts["x"]["x"]) == round((left + right) / 2 * UNITS)
    assert texts["10"]["text-anchor"] == "middle" and texts["0.4"]["text-anchor"] == "end"
    assert int(texts["0.4"]["y"]) > int(texts["0.6"]["y"])


@every_painter
def test_drawing_again_changes_nothing(paint):
    assert drawing(painted(paint), "a") == drawing(painted(paint), "a")


@every_painter
def test_remembered_axes_are_the_same(paint):
    renderer = Renderer()
    for other in (*PAINTERS, paint):
        for size in ((5, 3), (4, 3)):
            drawing(painted(other, size), "a", renderer)
    assert drawing(painted(paint), "a", renderer) == drawing(painted(paint), "a")


def changed_limits(ax):
    ax.set_xlim(0, 2)


def changed_label(ax):
    ax.set_xlabel("another")


def changed_ticks(ax):
    ax.set_yticks([0, 1], ["no", "yes"])


def changed_one_tick(ax):
    ax.get_xticklabels()[1].set_color(palette["orange"])


def changed_one_gridline(ax):
    ax.get_xgridlines()[0].set_linewidth(4)


def no_grid(ax):
    ax.grid(False)


def changed_scale(ax):
    ax.set_yscale("log")


def changed_side(ax):
    ax.yaxis.tick_right()


def changed_size(ax):
    ax.tick_params(labelsize=6)


def changed_label_colour(ax):
    ax.yaxis.label.set_color(palette["green"])


def hidden_axis(ax):
    ax.xaxis.set_visible(False)


def moved_axes(ax):
    ax.set_position((0.2, 0.2, 0.5, 0.5))


def dashed_grid(ax):
    ax.grid(True, linestyle="--")


CHANGES = [
    changed_limits, changed_label, changed_ticks, changed_one_tick, changed_one_gridline, no_grid, changed_scale,
    changed_side, changed_size, changed_label_colour, hidden_axis, moved_axes, dashed_grid,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.__name__)
def test_changed_axes_are_drawn_anew(change):
    def paint(ax, *changes):
        ax.plot([0.5, 1], [0.5, 1])
        ax.set(xlabel="x", ylabel="y", xticks=[0, 1])
        for each in changes:
            each(ax)

    renderer = Renderer()
    plain = drawing(painted(paint), "a", renderer)
    after = drawing(painted(functools.partial(lambda ax: paint(ax, change))), "a", renderer)
    assert after == drawing(painted(lambda ax: paint(ax, change)), "a")
    assert after != plain


def test_same_in_another_process():
    script = (
        "from activations import relu; from activations.plotting import plot; print(plot(relu)._repr_html_())"
    )
    pages = [
        subprocess.run(
            [sys.executable, "-c", script],
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": str(SOURCES), "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert pages[0] == pages[1]


def test_colours_of_the_palette_follow_the_theme():
    fig = figure()
    ax = fig.subplots()
    ax.plot([0, 1], color=palette["purple"])
    ax.plot([1, 0], color="#123456")
    ax.text(0, 0, "black")
    styles = [e.attributes["style"] for e in drawing(fig, "a") if "style" in e.attributes]
    assert sum("stroke:var(--act-purple,#a8528a)" in s for s in styles) == 1
    assert sum("stroke:#123456" in s for s in styles) == 1
    assert any("fill:currentColor" in s for s in styles)
    assert not any("#000000" in s or "#ffffff" in s for s in styles)


def test_gap_where_a_value_is_missing():
    fig = figure()
    fig.subplots().plot([0, 1, 2, 3, 4], [0, 1, np.nan, 1, 0], color=palette["gold"])
    (line,) = [e for e in drawing(fig, "a") if "gold" in e.attributes.get("style", "")]
    assert line.attributes["d"].count("M") == 2


def test_markers_are_one_element():
    fig = figure()
    fig.subplots().plot(range(50), "o", color=palette["gold"])
    (dots,) = [e for e in drawing(fig, "a") if "gold" in e.attributes.get("style", "")]
    assert dots.attributes["d"].count("M") == 50


def test_images_keep_their_pixels():
    fig = figure()
    fig.subplots().imshow([[0, 1], [1, 0], [0, 0]], aspect="auto", cmap="gray")
    (image,) = [e for e in drawing(fig, "a") if e.tag == "image"]
    import base64

    from PIL import Image

    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(image.attributes["href"].partition(",")[2]))))
    assert pixels[..., 0].tolist() == [[0, 255], [255, 0], [0, 0]]


def test_formulas_are_text():
    fig = figure()
    fig.text(0.5, 0.5, r"$f'(x) < 10^{-3}$")
    fig.text(0.5, 0.1, r"$\frac{1}{2}$")
    texts = [e.content for e in drawing(fig, "a") if e.tag == "text"]
    assert [re.sub("<[^>]*>", "", t).replace(" ", "") for t in texts] == ["f′(x)&lt;10−3"]
    assert "<tspan" in texts[0] and "font-style" in texts[0]
    # A fraction is no line of text; it is drawn.
    assert sum(e.tag == "path" for e in drawing(fig, "a")) >= 1


def test_hatches_are_refused():
    fig = figure()
    fig.subplots().bar([1], [1], hatch="//")
    with pytest.raises(ValueError, match="hatch"):
        drawing(fig, "a")


# Pictures


def test_picture():
    fig = painted(lines)
    picture = Picture(fig, 'It rises, "steeply" & fast.', caption="Look <here>")
    bundle = picture._repr_mimebundle_()
    assert bundle["text/plain"] == '<picture: It rises, "steeply" & fast.>'
    page = bundle["text/html"]
    assert 'role="img" aria-label="It rises, &quot;steeply&quot; &amp; fast."' in page
    assert "<figcaption>Look &lt;here&gt;</figcaption>" in page
    assert "http" not in page and "<?xml" not in page
    assert len(page) < 12_000
    root = ElementTree.fromstring(page)
    assert root.tag == "figure" and root.find("svg") is not None


def test_ids_differ_between_pictures():
    pages = [Picture(painted(lines), "lines")._repr_html_() for _ in range(2)]
    ids = [set(re.findall(r' id="([^"]+)"', page)) for page in pages]
    assert ids[0] and ids[1] and not ids[0] & ids[1]
    assert all(set(re.findall(r"url\(#([^)]+)\)", page)) <= own for page, own in zip(pages, ids, strict=True))


@pytest.mark.parametrize("alt", ["", "  \n"])
def test_picture_needs_words(alt):
    with pytest.raises(ValueError, match="alt"):
        Picture(figure(), alt)


def test_picture_needs_a_figure():
    with pytest.raises(TypeError, match="fig"):
        Picture("no figure", "something")
    with pytest.raises(TypeError, match="alt"):
        Picture(figure(), None)
    assert repr(Picture(Figure(), "plain figures will do")) == "<picture: plain figures will do>"


# Records


def test_kinks_are_exact():
    x, y = sample(leaky_relu, -1, 2, {"negative_slope": 0.5}, count=4)
    assert 0.0 in x and np.array_equal(y, leaky_relu(x, negative_slope=0.5))


def test_jumps_are_gaps():
    x, y = sample(threshold, -2, 2, {"threshold": 0.5, "value": -1.0})
    (gap,) = np.flatnonzero(np.isnan(y))
    assert x[gap] == 0.5
    assert y[gap - 1] == -1.0 and y[gap + 1] == pytest.approx(0.5)
    assert not np.isnan(sample(relu, -2, 2)[1]).any()
    assert np.isnan(sample(relu, -2, 2, slope=True)[1]).sum() == 1


def test_plot_says_what_it_shows():
    text = repr(plot(threshold, value=1.0, x=(-2, 4)))
    assert text == (
        "<picture: From −2 to 4: threshold(value=1) takes values from 0 to 4, its slope is from 0 to 1, "
        "with a jump at 0.>"
    )
    assert "slope" not in repr(plot(relu, derivative=False))
    assert repr(plot(relu6, x=(-1, 8))).endswith("with a kink at 0 and 6.>")


def test_plot_draws_what_it_says():
    one, several = plot(relu).fig, plot(relu, relu6, leaky_relu, negative_slope=0.5).fig
    assert [len(ax.lines) for ax in one.axes] == [2]
    assert [len(ax.lines) for ax in several.axes] == [3, 3]
    assert len(plot(relu, derivative=False).fig.axes[0].lines) == 1
    leaky = several.axes[0].lines[2]
    assert np.interp(-4, leaky.get_xdata(), leaky.get_ydata()) == pytest.approx(-2)


@pytest.mark.parametrize(
    ("error", "match", "args", "params"),
    [
        (TypeError, "at least one", [], {}),
        (TypeError, "records", ["relu"], {}),
        (ValueError, "at most 7", [relu] * 8, {}),
        (TypeError, "slope", [relu, relu6], {"slope": 1}),
        (ValueError, "negative_slope", [leaky_relu], {"negative_slope": np.inf}),
        (ValueError, "x must", [relu], {"x": (1, 0)}),
        (ValueError, "x must", [relu], {"x": 5}),
        (ValueError, "x must", [relu], {"x": (0, np.inf)}),
    ],
)
def test_plot_refuses(error, match, args, params):
    with pytest.raises(error, match=match):
        plot(*args, **params)


def test_gallery_draws_every_function_at_one_scale():
    records = [r for r in catalogue.values() if isinstance(r, Activation)]
    picture = gallery(*records, x=(-4, 4))
    shown = [ax for ax in picture.fig.axes if ax.get_visible()]
    assert [ax.get_title() for ax in shown] == [r.name for r in records]
    assert {(ax.get_xlim(), ax.get_ylim()) for ax in shown} == {((-4, 4), (-4, 4))}
    for ax, record in zip(shown, records, strict=True):
        value, slope = ax.lines
        at = value.get_xdata()
        there = np.isfinite(value.get_ydata())
        np.testing.assert_allclose(value.get_ydata()[there], record(at[there]))
        at, there = slope.get_xdata(), np.isfinite(slope.get_ydata())
        np.testing.assert_allclose(slope.get_ydata()[there], record.derivative(at[there]))
    assert repr(picture).startswith("<picture: Small pictures of identity, linear, step")


@pytest.mark.parametrize(
    ("error", "match", "args", "options"),
    [
        (TypeError, "gallery needs at least one record", (), {}),
        (TypeError, "records must be elementwise", (softmax,), {}),
        (ValueError, "columns must be a whole number of at least 1, got 0", (relu,), {"columns": 0}),
        (ValueError, "x must be a pair", (relu,), {"x": (1, 1)}),
    ],
)
def test_gallery_refuses(error, match, args, options):
    with pytest.raises(error, match=match):
        gallery(*args, **options)


def test_draw_record_reads_out_the_numbers():
    text = draw_record(figure(), leaky_relu, negative_slope=1.5)
    assert text == (
        "leaky_relu(−2) = −3 with slope 1.5; leaky_relu(2) = 2 with slope 1. The steepest slope shown is 1.5."
    )


def test_draw_tangent_touches():
    fig = figure()
    assert draw_tangent(fig, relu6, 3.0) == "relu6(3) = 3 with slope 1."
    tangent = fig.axes[0].lines[2]
    assert np.allclose(tangent.get_xdata(), tangent.get_ydata()) and np.ptp(tangent.get_xdata()) > 1


def test_number():
    assert [number(v) for v in (-0.0, -1.5, 1e-5, 2 / 3, np.inf)] == ["0", "−1.5", "1e−05", "0.667", "∞"]

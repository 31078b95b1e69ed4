"""Tables made from records: how frameworks spell a function, what is known about it, and what follows from that."""

import html
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import numpy as np
from scipy.special import ndtri

from activations.core import Activation, Spelling, VectorActivation

__all__ = ["Table", "facts", "formulas", "profile", "spellings"]

NUMBER = re.compile(r"-?[\d.,]+(e[-+]?\d+)?( ?%)?")
FRAMEWORKS = {"torch": "PyTorch", "keras": "Keras", "jax": "JAX", "onnx": "ONNX"}


class Table:
    """A small table that a notebook shows as text and a page as HTML.

    Parameters
    ----------
    columns : sequence of str
        The headings.
    rows : iterable of sequences
        The cells. Strings are shown as they are, but in a page what stands between backquotes is code, and between
        dollar signs a formula; floats are shown with four significant digits.
    caption : str, optional
        What the table shows, in a few words.

    Raises
    ------
    ValueError
        If a row has another length than `columns`.

    Examples
    --------
    >>> Table(["x", "relu(x)"], [[-1.0, 0.0], [2.5, 2.5]])
    x    relu(x)
    ------------
    −1   0
    2.5  2.5
    """

    def __init__(self, columns: Sequence[str], rows: Iterable[Sequence], caption: str = ""):
        self.columns = list(columns)
        self.rows = [[_text(cell) for cell in row] for row in rows]
        self.caption = caption
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"rows must have {len(self.columns)} cells as columns has, got {row}")

    def __repr__(self) -> str:
        table = [[cell.replace("`", "") for cell in row] for row in (self.columns, *self.rows)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in table]
        rule = "-" * max(map(len, lines))
        return "\n".join([lines[0], rule, *lines[1:]])

    def _repr_html_(self) -> str:
        def line(tag, cells):
            return "<tr>" + "".join(f"<{tag}>{_markup(c)}</{tag.split()[0]}>" for c in cells) + "</tr>"

        caption = f"<caption>{html.escape(self.caption)}</caption>" if self.caption else ""
        head = line('th scope="col"', self.columns)
        body = "".join(line("td", row) for row in self.rows)
        return f'<table class="course-table">{caption}<thead>{head}</thead><tbody>{body}</tbody></table>'


def _text(cell) -> str:
    if isinstance(cell, bool | np.bool_):
        return "yes" if cell else "no"
    if isinstance(cell, float | np.floating):
        return f"{cell:.4g}".replace("inf", "∞").replace("-", "−")
    return str(cell)


def _markup(cell: str) -> str:
    """Escape a cell. What stands between backquotes is code, between dollar signs a formula; a number gets a minus."""
    if NUMBER.fullmatch(cell):
        return cell.replace("-", "−")
    formula = r'<span class="math notranslate nohighlight">\(\1\)</span>'  # as Sphinx writes it
    return re.sub(r"\$([^$]+)\$", formula, re.sub("`([^`]*)`", r"<code>\1</code>", html.escape(cell)))


def formulas(*records: Activation | VectorActivation) -> Table:
    """Return the formulas of functions and of their derivatives, and their parameters with defaults.

    Parameters
    ----------
    *records : Activation or VectorActivation
        The functions.

    Returns
    -------
    Table
        One line per function.

    Examples
    --------
    >>> from activations import softplus
    >>> formulas(softplus).rows[0][-1]
    'beta=1: sharpness β'
    """
    rows = []
    for record in records:
        shown = [
            f"{k}={_short(p.default)}: {p.doc}" for k, p in record.params.items() if p.bounds is not None
        ]
        rows.append(
            [f"`{record.name}`", f"${record.latex}$", f"${record.derivative_latex}$", "; ".join(shown)]
        )
    return Table(["function", "value", "derivative", "parameters"], rows)


def spellings(*records: Activation | VectorActivation) -> Table:
    """Return what each framework calls the functions, and where its defaults differ from ours.

    Parameters
    ----------
    *records : Activation or VectorActivation
        The functions.

    Returns
    -------
    Table
        One line per function and framework, ours first.

    Examples
    --------
    >>> from activations import relu6
    >>> spellings(relu6).rows[1][:2]
    ['PyTorch', '`torch.nn.functional.relu6(x)`']
    """
    rows = []
    for record in records:
        ours = Spelling(record.name)
        for label, spelling in {"here": ours, **record.frameworks}.items():
            rows.append([FRAMEWORKS.get(label, "here"), f"`{_call(record, spelling)}`", spelling.note])
    columns = ["where", "call with its defaults", "note"]
    if not any(note for *_, note in rows):
        columns, rows = columns[:2], [row[:2] for row in rows]
    return Table(columns, rows)


def _call(record, spelling: Spelling) -> str:
    arguments = ["x"]
    for name, param in record.params.items():
        theirs = spelling.names.get(name, name)
        if theirs is not None and param.bounds is not None:
            arguments.append(f"{theirs}={_short(spelling.defaults.get(name, param.default))}")
    arguments += [f"{name}={value!r}" for name, value in spelling.extra.items()]
    return f"{spelling.call}({', '.join(arguments)})"


def _short(value) -> str:
    """A default as people write it: 1/3 rather than 0.3333333333333333."""
    if isinstance(value, float) and math.isfinite(value):
        fraction = Fraction(value).limit_denominator(12)
        if len(repr(value)) > 8 and float(fraction) == value:
            return str(fraction)
        return f"{value:g}"
    return repr(value)


def facts(*records: Activation) -> Table:
    """Return what is known about elementwise functions at their default parameters, one line each.

    Parameters
    ----------
    *records : Activation
        The functions.

    Returns
    -------
    Table
        Range, largest slope, saturation, symmetry, monotonicity and smoothness.

    Examples
    --------
    >>> from activations import relu
    >>> facts(relu).rows[0]
    ['`relu`', '[0, ∞)', '1', 'left', 'no', 'yes', 'C⁰']
    """
    rows = [
        [
            f"`{r.name}`",
            str(r.image()),
            r.max_slope(),
            " and ".join(r.saturates()) or "never",
            r.zero_centred(),
            r.monotone(),
            _smoothness(r.smoothness()),
        ]
        for r in records
    ]
    return Table(["function", "range", "largest slope", "saturates", "odd", "monotone", "smoothness"], rows)


def _smoothness(k: float) -> str:
    return {-1: "jumps", math.inf: "C∞"}.get(k, "C" + "⁰¹²³"[int(k) if 0 <= k <= 3 else 0])


def profile(*records: Activation | VectorActivation, uses: Mapping[str, str] | None = None) -> Table:
    """Return strengths and weaknesses of functions, as they follow from the records and from measurements.

    Nothing is judged by hand: a line holds what is true of the function at its default parameters. Shares and means
    are those of standard normal inputs.

    Parameters
    ----------
    *records : Activation or VectorActivation
        The functions.
    uses : mapping of str to str, optional
        Where each function is used, by name: one more column.

    Returns
    -------
    Table
        One line per function.

    Raises
    ------
    KeyError
        If `uses` lacks one of the functions.

    Examples
    --------
    >>> from activations import tanh
    >>> profile(tanh).rows[0][1:]
    ['values in [−1, 1]; odd: centred; smooth', 'saturates on both sides']
    """
    rows = []
    for r in records:
        found = _judge_vector(r) if isinstance(r, VectorActivation) else _judge(r)
        rows.append([f"`{r.name}`", *("; ".join(words) or "none found" for words in found)])
    columns = ["function", "strengths", "weaknesses"]
    if uses is not None:
        columns.append("used for")
        rows = [[*row, uses[r.name]] for row, r in zip(rows, records, strict=True)]
    return Table(columns, rows)


def _judge(r):
    """Return what speaks for an elementwise function, and what against it, as two lists of words."""
    x = ndtri((np.arange(10_000) + 0.5) / 10_000)  # standard normal inputs without chance
    y, slope, image, steepest = r(x), r.derivative(x), r.image(), r.max_slope()
    mean, square, zeros, flat = y.mean(), np.mean(y * y), np.mean(y == 0), np.mean(slope == 0)
    if np.ptp(slope) == 0 and steepest > 0:
        return ["passes every gradient on", "any value"], ["bends nothing: layers collapse into one"]
    sides = r.saturates()
    good = {
        f"values in {image}": r.bounded(),
        "never negative": image.low >= 0 and not r.bounded(),
        "never positive": image.high <= 0,
        "keeps mean 0 and variance 1": abs(mean) < 0.01 and abs(square - 1) < 0.01,
        "odd: centred": r.zero_centred(),
        "slope tends to 1 on the right": abs(r.derivative(1e6) - 1) < 1e-9,
        "never saturates": not sides,
        f"exact zeros ({_percent(zeros)})": zeros > 0.05,
        "positively homogeneous": np.allclose(r(3 * x), 3 * y, rtol=1e-12, atol=0),
        "smooth": r.smoothness() == math.inf,
        "no kink": 1 <= r.smoothness() < math.inf,
    }
    bad = {
        f"saturates on {'both sides' if len(sides) == 2 else 'the ' + ''.join(sides)}": sides,
        f"slope 0 for {_percent(flat)}": flat > 0.05,
        f"mean output {mean:.2f}".replace("-", "−"): abs(mean) > 0.1,
        f"lets {_percent(square)} of the mean square through": square < 0.2,
        f"slope at most {steepest:.2g}": 0 < steepest <= 0.5,
        f"slope up to {steepest:.2g}": 1.4 < steepest < math.inf,
        "slope without limit": steepest == math.inf,
        "not monotone": not r.monotone(),
        "kinks": r.smoothness() == 0,
        "jumps": r.smoothness() < 0,
    }
    return [word for word, holds in good.items() if holds], [word for word, holds in bad.items() if holds]


def _judge_vector(r):
    """Return the same for a function of vectors, from what it does to a thousand of them."""
    first, other = np.random.default_rng(0).normal(size=(2, 1000, 8))
    if r.fixed_axis == -3:
        first, other = first[..., None, None], other[..., None, None]
    y = r(first)
    outputs, flat = y.size // 1000, np.mean(r.vjp(first, np.resize(other, y.shape)) == 0)
    zeros, total = np.mean(y == 0), y.reshape(1000, -1).sum(axis=1)
    top = first.max(axis=1).reshape(y.shape) if outputs == 1 else y
    shares = outputs == 8 and np.allclose(total, 1)
    doubled = np.where(np.arange(8) < 4, 2, 1).reshape(8, *(1,) * (first.ndim - 2)) * first
    good = {
        "shares: never negative, sum to 1": shares,
        "logarithms of shares": outputs == 8 and np.allclose(np.exp(y).reshape(1000, -1).sum(axis=1), 1),
        "a common shift changes nothing": outputs == 8 and np.allclose(r(first + 1), y),
        "a temperature sets the contrast": "temperature" in r.params,
        "multiplies one half by the other": outputs == 4 and np.allclose(r(doubled), 2 * y),
        "the largest of its inputs": outputs == 1 and np.array_equal(y, top),
        "a smooth maximum": outputs == 1 and np.all((top < y) & (y <= top + np.log(8))),
        f"exact zeros ({_percent(zeros)})": zeros > 0.05,
    }
    bad = {
        f"takes {8 // outputs} inputs for an output": 1 < outputs < 8,
        "makes one number of a vector": outputs == 1,
        "no gradient at all": flat == 1,
        f"slope 0 for {_percent(flat)}": 0.05 < flat < 1,
        "every output depends on every input": outputs == 8 and flat < 1,
    }
    return [word for word, holds in good.items() if holds], [word for word, holds in bad.items() if holds]


def _percent(share):
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"

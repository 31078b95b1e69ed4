"""Tables made from records: how frameworks spell a function, and what is known about it."""

import html
import math
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np

from activations.core import Activation, Spelling, VectorActivation

__all__ = ["Table", "facts", "formulas", "spellings"]

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
    """Escape a cell; what stands between backquotes is code, between dollar signs a formula."""
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

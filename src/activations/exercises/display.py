"""What the learner sees: the verdict, and text that unfolds."""

import html
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Folded", "Verdict", "overlay"]


@dataclass(frozen=True)
class Verdict:
    """What `check` found.

    As the result of a cell it shows its picture, if there is one, and nothing else: the message was printed.

    Parameters
    ----------
    exercise_id : str
        The exercise.
    status : str
        ``"todo"``, ``"correct"``, ``"wrong"`` (the answer was judged) or ``"error"`` (it could not be).
    message : str
        What was printed.
    picture : activations.plotting.Picture, optional
        The answer over the reference, where the two can be drawn.

    Examples
    --------
    >>> Verdict("relu", "todo", "relu: not attempted yet.")
    <check of relu: todo>
    """

    exercise_id: str
    status: str
    message: str
    picture: Any = field(default=None, compare=False)

    def __repr__(self) -> str:
        return f"<check of {self.exercise_id}: {self.status}>"

    def _ipython_display_(self):
        if self.picture is not None:
            from IPython.display import display

            display(self.picture)


@dataclass(frozen=True)
class Folded:
    """A text that the learner unfolds: a hint, a solution, a measurement after a prediction.

    A notebook shows a line that opens; ``print`` shows the text itself. The plain form only names it, so that
    a stored notebook does not give it away.

    Parameters
    ----------
    label : str
        What the closed line says.
    text : str
        Prose: paragraphs, with ``$...$`` for formulas and backticks for code.
    code : str
        Python source, shown before the prose.

    Examples
    --------
    >>> print(Folded("Hint", "Think of `np.maximum`."))
    Think of `np.maximum`.
    """

    label: str
    text: str = ""
    code: str = ""

    def __str__(self) -> str:
        return "\n\n".join(part for part in (self.code, self.text) if part)

    def __repr__(self) -> str:
        return f"<{self.label}: run this cell to unfold it, or print() it>"

    def _repr_html_(self) -> str:
        body = (_code(self.code) if self.code else "") + _prose(self.text)
        inner = f'<div style="margin: 0.4em 0 0.8em 1.1em">{body}</div>'
        return f'<details class="folded"><summary>{html.escape(self.label)}</summary>{inner}</details>'


def _code(source: str) -> str:
    """Return Python source as HTML, with the classes that the page's own style sheet colours."""
    try:
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import PythonLexer
    except ImportError:  # comes with IPython
        return f"<pre>{html.escape(source)}</pre>"
    return highlight(source, PythonLexer(), HtmlFormatter(cssclass="highlight", wrapcode=True))


def _prose(text: str) -> str:
    """Return paragraphs with code and formulas as HTML. MathJax finds formulas by their class."""
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        shown = html.escape(paragraph, quote=False)
        shown = re.sub(r"`([^`]+)`", r"<code>\1</code>", shown)
        shown = re.sub(r"\$([^$]+)\$", r'<span class="math notranslate nohighlight">\\(\1\\)</span>', shown)
        paragraphs.append(f"<p>{shown}</p>" if paragraph else "")
    return "".join(paragraphs)


def overlay(name: str, x: np.ndarray, yours: np.ndarray, expected: np.ndarray):
    """Draw an answer over its reference.

    Parameters
    ----------
    name : str
        What the learner's function is called.
    x, yours, expected : numpy.ndarray
        Inputs, the answer's values and the reference's.

    Returns
    -------
    activations.plotting.Picture
        The picture, with a text for those who do not see it.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 3)
    >>> overlay("my_relu", x, x, np.maximum(x, 0))
    <picture: my_relu (dashed) and what is expected (solid), for x from -1 to 1. They differ from -1 to -1.>
    """
    # matplotlib is slow to import, and needed for few verdicts.
    from activations.plotting import Picture, figure, legend_above, palette

    fig = figure(6, 3)
    ax = fig.subplots()
    ax.plot(x, expected, color=palette["blue"], linewidth=4, alpha=0.5, label="expected")
    ax.plot(x, yours, color=palette["orange"], linestyle="--", label=name)
    ax.set(xlabel="x")
    legend_above(ax)
    apart = x[~np.isclose(yours, expected, equal_nan=True)]
    alt = f"{name} (dashed) and what is expected (solid), for x from {x[0]:g} to {x[-1]:g}."
    if apart.size:
        alt += f" They differ from {apart[0]:g} to {apart[-1]:g}."
    return Picture(fig, alt)

"""Exercises of the gated chapter."""

import math

import numpy as np

from activations import gated, sigmoidal
from activations.exercises.record import (
    derivative,
    implement,
    mistake,
    picture,
    predict,
    quiz,
    repair,
    says,
    tune,
)

__all__ = []  # nothing to import by name: the registry collects the exercises, in this order


@implement("my_silu", reference=gated.silu, params=[{"beta": 2.0}], within=(-700.0, 700.0), minutes=3)
class silu_gate:
    r"""An input that gates itself.

    Write $\operatorname{silu}(x) = x\,\sigma(\beta x)$ for an array of any shape. Use `sigmoid` from
    `activations`.
    """

    hint = "The gate is a number between 0 and 1. What does it multiply?"
    why = r"The gate is the sigmoid of $\beta x$; the input passes through it once."

    def solution(x, beta=1.0):
        from activations import sigmoid

        return x * sigmoid(beta * x)

    @mistake("This is the gate alone. It multiplies the input.")
    def wrong_gate_only(x, beta=1.0):
        return sigmoidal.sigmoid(beta * x)

    @says("does not depend on beta")
    def wrong_no_beta(x, beta=1.0):
        return x * sigmoidal.sigmoid(x)

    @mistake("β belongs inside the gate only. Here it multiplies the input as well.")
    def wrong_beta_twice(x, beta=1.0):
        return beta * x * sigmoidal.sigmoid(beta * x)

    @mistake("The gate must depend on x. This one is the same number for every input.")
    def wrong_fixed_gate(x, beta=1.0):
        return x * sigmoidal.sigmoid(beta)

    @says("The values are right, but NumPy warns: overflow")
    def wrong_own_sigmoid(x, beta=1.0):
        return x / (1 + np.exp(-beta * x))

    @mistake("This gate is open on the left: the sign of its input is turned over.")
    def wrong_sign(x, beta=1.0):
        return x * sigmoidal.sigmoid(-beta * x)


@derivative("silu_slope", reference=gated.silu.derivative, within=(-30.0, 30.0), minutes=5)
class silu_derivative:
    r"""The slope of SiLU.

    Write the derivative of $x\,\sigma(x)$, for $\beta = 1$.
    """

    hint = r"Product rule; and $\sigma'(x) = \sigma(x)\,(1 - \sigma(x))$."
    why = r"$\sigma(x) + x\,\sigma'(x)$: the gate, plus the input times how fast the gate opens."

    def solution(x):
        from activations import sigmoid

        gate = sigmoid(x)
        return gate + x * gate * (1 - gate)

    @mistake("The product rule has two terms: how the gate changes is missing.")
    def wrong_one_term(x):
        return sigmoidal.sigmoid(x)

    @mistake("The product rule has two terms: the gate itself is missing.")
    def wrong_other_term(x):
        return x * sigmoidal.sigmoid.derivative(x)

    @mistake("This is the slope of the gate alone. The gate multiplies x: use the product rule.")
    def wrong_slope_of_gate(x):
        return sigmoidal.sigmoid.derivative(x)

    @mistake("The slope of the gate is σ (1 − σ). Here a factor σ is missing in the second term.")
    def wrong_slope_short(x):
        return sigmoidal.sigmoid(x) + x * (1 - sigmoidal.sigmoid(x))

    @mistake("In the second term the slope of the gate is multiplied by x.")
    def wrong_no_input(x):
        return sigmoidal.sigmoid(x) + sigmoidal.sigmoid.derivative(x)

    @says("function itself; its derivative is asked")
    def wrong_value(x):
        return x * sigmoidal.sigmoid(x)


@repair(
    "tanh_gelu",
    keeps_dtype=False,
    reference=lambda x: gated.gelu(x, approximate="tanh"),
    within=(-20.0, 20.0),
    atol=1e-9,
    minutes=4,
)
class gelu_repair:
    r"""Repair a GELU.

    This copy of GELU's tanh form,
    $\frac{x}{2}\left(1 + \tanh\left(\sqrt{2/\pi}\,(x + 0.044715\,x^3)\right)\right)$, is in circulation. It
    is off by far more than the form it copies. Find the slip.
    """

    hint = "Compare the code with the formula, one symbol at a time. Which power has the x in the bracket?"
    why = r"With $x^2$ in place of $x^3$ the gate is no longer symmetric: $S(x) + S(-x) = 1$ is lost."

    @mistake("The bracket holds x³, and this has x².")
    def broken(x):
        inner = np.sqrt(2 / np.pi) * (x + 0.044715 * x**2)
        return 0.5 * x * (1 + np.tanh(inner))

    def solution(x):
        inner = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
        return 0.5 * x * (1 + np.tanh(inner))

    @mistake("The factor is the root of 2/π, not 2/π.")
    def wrong_root(x):
        return 0.5 * x * (1 + np.tanh(2 / np.pi * (x + 0.044715 * x**3)))

    @mistake("The root of 2/π multiplies the whole bracket, the cubic term too.")
    def wrong_bracket(x):
        return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * x + 0.044715 * x**3))

    @mistake("This is the exact GELU. The task is to repair its tanh form.")
    def wrong_exact(x):
        return gated.gelu(x)

    @mistake("The factor ½ is missing: far to the right this gives 2x.")
    def wrong_half(x):
        return x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))

    @mistake("The cubic term is missing. This is another, coarser approximation.")
    def wrong_no_cube(x):
        return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * x))


@picture("lowest", tolerance=0.06, minutes=2)
class read_dip:
    """Read a dip off its picture.

    This is SiLU. At which x is it lowest?
    """

    hint = "Go down from the origin to the left until the curve turns."
    why = r"There the slope $\sigma(x)\,(1 + x\,(1 - \sigma(x)))$ is 0, which happens at $x = -1.278$."
    wrong = {
        -0.278: "That is the value there. The place is asked.",
        1.278: "The dip is on the left: its x is negative.",
        -0.75: "That is where GELU is lowest. Look at this curve.",
        -1.5: "That is where hard-swish is lowest. Look at this curve.",
    }

    def show():
        from activations.plotting import Picture, figure, palette

        fig = figure()
        ax = fig.subplots()
        x = np.linspace(-3, 1, 161)
        ax.plot(x, gated.silu(x), color=palette["blue"])
        ax.set(xlabel="x", ylabel="f(x)", xticks=np.arange(-3, 1.1, 0.25), ylim=(-0.35, 0.3))
        ax.set_xticklabels([f"{v:g}" if v % 1 == 0 else "" for v in np.arange(-3, 1.1, 0.25)])
        return Picture(
            fig, "A curve that comes from 0 on the left, is lowest a bit left of -1.25, and rises through 0."
        )

    def solution():
        return -1.2784645427610738


@predict("open_share", tolerance=0.01)
class random_gate:
    r"""Predict a random gate.

    GELU is the mean of a gate that is open with the probability $\Phi(x)$. Inputs are standard normal.
    Over all inputs, how often is the gate open? Predict it to two decimals, as a number between 0 and 1;
    the cell below the check counts.
    """

    hint = r"For every $x$ there is a $-x$ that is as likely. What is $\Phi(x) + \Phi(-x)$?"
    why = r"$\Phi(x) + \Phi(-x) = 1$, so each pair of inputs opens one gate on average: one half."
    wrong = {
        1.0: "Then it would be open for every input. On the left it is mostly shut.",
        0.8413: "That is how often it is open for x = 1. Average over all x.",
        0.2821: "That is the mean output of GELU for these inputs.",
        0.0: "On the right it is mostly open.",
    }
    after = """
        from scipy.stats import norm

        rng = np.random.default_rng(0)
        opened = rng.random(1_000_000) < norm.cdf(rng.normal(size=1_000_000))
        Folded("Counted", f"The gate was open for {opened.mean():.3f} of the inputs.")
    """

    def solution():
        return 0.5


@quiz("deterministic")
class gelu_at_work:
    """What is random about GELU.

    A trained network with GELU is given the same input twice, in evaluation. Why are the outputs equal?
    """

    hint = "What does GELU compute: the gated input, or its mean?"
    why = r"GELU is $x\,\Phi(x)$, a number that depends on $x$ alone. The gate is only the story behind it."
    options = {
        "a": (
            "The random gates are switched off in evaluation.",
            "There are no gates to switch off: dropout does that.",
        ),
        "b": (
            "The random gates use the same seed.",
            "No random number is drawn, so there is no seed.",
        ),
        "c": ("GELU computes the mean over the gates, which is not random.", ""),
        "d": (
            "The random gates differ, but the next layer averages them.",
            "The next layer sees the same numbers both times.",
        ),
    }
    answer = "c"


@tune(
    "beta",
    target=0.0139,
    tolerance=0.0003,
    goal="largest distance from GELU",
    legal=(0.1, 10.0),
    minutes=4,
)
class nearest_swish:
    r"""Tune SiLU to GELU.

    $x\,\sigma(\beta x)$ can come close to GELU. The published $\beta$ is 1.702, which leaves a largest
    distance of 0.0203. It can be had smaller. Which $\beta$ makes it 0.0139? Try, and narrow it down: the
    check measures.
    """

    hint = r"""
    Near 1.702 the largest distance falls as $\beta$ grows. At some point it starts to rise again, because
    the distance elsewhere takes over.
    """
    why = r"""
    1.702 brings $\sigma(\beta x)$ closest to $\Phi(x)$. But the gate is multiplied by $x$, so a distance
    far out counts more, and a faster gate is better there.
    """
    wrong = {
        1.0: "That is SiLU as it comes. Its gate opens more slowly than GELU's.",
        1.702: "That is the published value: good, and not the best.",
        1.5958: "That makes the slopes of the gates at 0 equal. Further out this gate is too slow.",
        3.0: "This gate opens faster than GELU's.",
    }

    def measure(beta):
        x = np.linspace(-10, 10, 20_001)
        return np.abs(gated.silu(x, beta=beta) - gated.gelu(x)).max()

    def solution():
        return 1.773


def halves():
    """Yield vectors of even length, always the same."""
    rng = np.random.default_rng(3)
    for shape in ((6,), (2, 4), (3, 1, 2)):
        yield (rng.normal(size=shape).round(1),)


def by_loop(x):
    """Return SwiGLU entry by entry, from its definition."""
    half = x.shape[-1] // 2
    out = np.empty((*x.shape[:-1], half))
    for index in np.ndindex(out.shape):
        a, b = x[index], x[(*index[:-1], index[-1] + half)]
        out[index] = a * b / (1 + math.exp(-b))
    return out


@implement("my_swiglu", reference=by_loop, inputs=lambda: list(halves()), minutes=5)
class swiglu_unit:
    r"""A gated linear unit.

    Write SwiGLU for an array: the last axis holds $a$, then $b$, of the same length, and the result is
    $a \odot \operatorname{silu}(b)$, half as long. Use `silu` from `activations`.
    """

    hint = "`np.split(x, 2, axis=-1)` gives the two halves."
    why = "The first half is the value, the second half decides how much of it passes."

    def solution(x):
        from activations import silu

        a, b = np.split(x, 2, axis=-1)
        return a * silu(b)

    @mistake("The halves are swapped: the second one is the gate.")
    def wrong_swapped(x):
        a, b = np.split(x, 2, axis=-1)
        return gated.silu(a) * b

    @mistake("This takes every second entry. The halves stand one after the other.")
    def wrong_interleaved(x):
        return x[..., ::2] * gated.silu(x[..., 1::2])

    @mistake("This is GLU: its gate is the sigmoid. SwiGLU's gate is SiLU.")
    def wrong_glu(x):
        a, b = np.split(x, 2, axis=-1)
        return a * sigmoidal.sigmoid(b)

    @mistake("This is GEGLU: its gate is GELU. SwiGLU's gate is SiLU.")
    def wrong_geglu(x):
        a, b = np.split(x, 2, axis=-1)
        return a * gated.gelu(b)

    @mistake("Only b passes through SiLU. The half a stays linear.")
    def wrong_both(x):
        a, b = np.split(x, 2, axis=-1)
        return gated.silu(a) * gated.silu(b)

    @says("shape")
    def wrong_whole(x):
        return x * gated.silu(x)

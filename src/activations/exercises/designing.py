"""Exercises of the designing chapter."""

import numpy as np

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


def tanhexp_by_exp(x):
    """Return x·tanh(e^x), with tanh y as (1 − u)/(1 + u) for u = e^(−2y), which never overflows."""
    u = np.exp(-2 * np.exp(np.minimum(x, 20)))
    return x * (1 - u) / (1 + u)


def tanhexp_slope_by_exp(x):
    """Return the slope of x·tanh(e^x), with sech² as 4u/(u + 1)² for u = e^(−2y), which never overflows."""
    y = np.exp(np.minimum(x, 20))
    u = np.exp(-2 * y)
    return (1 - u) / (1 + u) + x * y * 4 * u / (1 + u) ** 2


@implement("tanhexp", reference=tanhexp_by_exp, minutes=4)
class tanhexp:
    r"""A formula that overflows.

    Another gated function is $x \tanh(e^x)$, called TanhExp. As written, `np.exp` overflows on the right and
    NumPy warns, although the answer there is simply $x$. Write it for an array of any shape, without a
    warning for inputs of any size.
    """

    hint = r"""
    How large must $y$ be for $\tanh y$ to be 1 to all digits? The exponent need not grow any further than
    that takes.
    """
    why = r"""
    $\tanh y$ rounds to 1 from $y = 20$ on, and $e^{20}$ is far beyond that. Cutting the exponent changes no
    value and leaves nothing to overflow. The factor $x$ must not be cut.
    """

    def solution(x):
        return x * np.tanh(np.exp(np.minimum(x, 20)))

    @says("The values are right, but NumPy warns: overflow")
    def wrong_as_written(x):
        return x * np.tanh(np.exp(x))

    @mistake("This gate opens to the left: the sign in the exponent is turned over.")
    def wrong_sign(x):
        return x * np.tanh(np.exp(np.minimum(-x, 20)))

    @mistake("This is the gate alone. It multiplies the input.")
    def wrong_gate_only(x):
        return np.tanh(np.exp(np.minimum(x, 20)))

    @mistake("The cut comes too early: tanh(e) is 0.99, not 1.")
    def wrong_cut_at_one(x):
        return x * np.tanh(np.exp(np.minimum(x, 1)))

    @mistake("The factor x is cut as well: far to the right the value should be x.")
    def wrong_cut_everywhere(x):
        x = np.minimum(x, 5)
        return x * np.tanh(np.exp(x))

    @mistake("This is Mish, x·tanh(log(1 + eˣ)). There is no logarithm in TanhExp.")
    def wrong_mish(x):
        return x * np.tanh(np.log1p(np.exp(np.minimum(x, 20))))


@derivative("tanhexp_slope", reference=tanhexp_slope_by_exp, minutes=7)
class tanhexp_derivative:
    r"""Its slope, by hand.

    Differentiate $f(x) = x \tanh(e^x)$ and write the slope for an array of any shape. Use $\tanh' y = 1 -
    \tanh^2 y$. Large inputs must give 1, and neither NaN nor a warning.
    """

    hint = r"""
    Product rule: the slope is the gate plus $x$ times the slope of the gate. Chain rule: the slope of the
    gate has the factor $e^x$. What do $\infty \cdot 0$ and a cut exponent have to do with each other?
    """
    why = r"""
    With $y = e^x$ the gate is $\tanh y$ and its slope $y\,(1 - \tanh^2 y)$, so $f'(x) = \tanh y + x\,y\,(1 -
    \tanh^2 y)$. On the right $y$ overflows while the bracket is 0, and their product would be NaN. With the
    exponent cut it is 0.
    """

    def solution(x):
        y = np.exp(np.minimum(x, 20))
        gate = np.tanh(y)
        return gate + x * y * (1 - gate**2)

    @says("gives nan where there is a value")
    def wrong_as_written(x):
        y = np.exp(x)
        return np.tanh(y) + x * y * (1 - np.tanh(y) ** 2)

    @mistake("This is the gate. The product rule has a second term: x times the slope of the gate.")
    def wrong_gate_only(x):
        return np.tanh(np.exp(np.minimum(x, 20)))

    @mistake("The chain rule is missing: the gate is tanh(eˣ), so its slope has the factor eˣ.")
    def wrong_no_inner(x):
        gate = np.tanh(np.exp(np.minimum(x, 20)))
        return gate + x * (1 - gate**2)

    @mistake("This is the slope of the gate, times x. The product rule also keeps the gate itself.")
    def wrong_second_term_only(x):
        y = np.exp(np.minimum(x, 20))
        return x * y * (1 - np.tanh(y) ** 2)

    @mistake("The slope of the gate is multiplied by x in the product rule; that factor is missing.")
    def wrong_no_x(x):
        y = np.exp(np.minimum(x, 20))
        return np.tanh(y) + y * (1 - np.tanh(y) ** 2)


@picture("lowest_at", tolerance=0.1, minutes=2)
class read_lowest:
    """Find the dip.

    The picture shows the *slope* of TanhExp, not its values. At which $x$ is the function itself lowest?
    """

    hint = "Where a smooth function is lowest, its slope is 0: negative before, positive after."
    why = r"""
    The slope crosses 0 from below at $x \approx -1.1$. To the left the function falls, to the right it rises.
    The lowest point of the *slope*, near $-2$, is where the function falls most steeply.
    """
    wrong = {
        -2.0: "That is where the slope is lowest: there the function falls most steeply, and goes on falling.",
        0.0: "At 0 the slope is positive: the function is rising already.",
        -4.0: "There the slope is close to 0, but still negative: the function keeps falling.",
        0.8: "That is where the slope is largest.",
    }

    def show():
        from activations.plotting import Picture, figure, palette

        fig = figure(5.2, 3.4)
        ax = fig.subplots()
        x = np.linspace(-5, 2, 141)
        ax.plot(x, tanhexp_slope_by_exp(x), color=palette["orange"])
        ax.axhline(0, color=palette["grey"], lw=1)
        ax.set(xlabel="x", ylabel="slope f ′(x)", xticks=range(-5, 3), xlim=(-5, 2))
        return Picture(fig, "A curve that is negative on the left, crosses 0 near -1.1 and rises above 1.")

    def solution():
        from scipy.optimize import brentq

        return brentq(lambda x: np.tanh(np.exp(x)) + x * np.exp(x) / np.cosh(np.exp(x)) ** 2, -2, 0)


def to_be_checked():
    """Return functions with their alleged slopes, and points: NumPy's own functions print the same everywhere."""
    x = np.linspace(0.5, 2.5, 5)
    return [
        (np.sin, np.sin, x),
        (np.cos, np.sin, x),
        (np.sin, np.cos, x),
        (np.exp, np.exp, np.linspace(-2.0, 6.0, 9)),
        (np.sinh, np.sinh, np.array([-3.0, 0.0, 3.0])),
    ]


def check_by_complex_step(f, df, x):
    """Return the largest difference between the slope of an analytic f and `df`."""
    return np.max(abs(f(x + 1e-30j).imag / 1e-30 - df(x)))


@implement("gradient_check", reference=check_by_complex_step, inputs=to_be_checked, atol=1e-6, minutes=6)
class gradient_check:
    r"""A gradient check of your own.

    Write `gradient_check(f, df, x)`. It compares `df(x)` with a central difference quotient of `f` at every
    point of the array `x`, and returns one number: the largest absolute difference. Choose a good step.
    """

    hint = r"""
    The central quotient is $(f(x + h) - f(x - h)) / 2h$, and $h \approx 6 \cdot 10^{-6}$ is its best step. A
    difference may be negative.
    """
    why = r"""
    With $h \approx \varepsilon^{1/3}$ both the truncation and the rounding error stay near $10^{-11}$, so
    whatever is larger than $10^{-6}$, say, is a mistake in `df`.
    """

    def solution(f, df, x):
        h = 6e-6
        numeric = (f(x + h) - f(x - h)) / (2 * h)
        return np.max(abs(numeric - df(x)))

    @mistake("Without abs, a slope that is too large makes a negative difference, and the check misses it.")
    def wrong_signed(f, df, x):
        h = 6e-6
        return np.max((f(x + h) - f(x - h)) / (2 * h) - df(x))

    @mistake("The values x + h and x − h are 2h apart: divide by that.")
    def wrong_divisor(f, df, x):
        h = 6e-6
        return np.max(abs((f(x + h) - f(x - h)) / h - df(x)))

    @mistake("This is the mean. One bad point among many good ones would hardly show: take the largest.")
    def wrong_mean(f, df, x):
        h = 6e-6
        return np.mean(abs((f(x + h) - f(x - h)) / (2 * h) - df(x)))

    @says("It returns shape (5,); a single number is asked")
    def wrong_all(f, df, x):
        h = 6e-6
        return abs((f(x + h) - f(x - h)) / (2 * h) - df(x))

    @mistake("The step is too small: here rounding makes the quotient worse than 1e-6.")
    def wrong_tiny_step(f, df, x):
        h = 1e-12
        return np.max(abs((f(x + h) - f(x - h)) / (2 * h) - df(x)))

    @mistake("The one-sided quotient is off by h/2 times the second derivative. Take the central one.")
    def wrong_one_sided(f, df, x):
        h = 6e-6
        return np.max(abs((f(x + h) - f(x)) / h - df(x)))


def steep_and_far():
    """Return functions and points, some of them far from 0."""
    return [
        (np.sin, np.linspace(-2.0, 2.0, 5)),
        (np.sqrt, np.array([1e4, 1e8, 1e12])),
        (np.log, np.array([0.5, 2.0, 1e10])),
    ]


def slope_by_complex_step(f, x):
    """Return the slope of an analytic function."""
    return f(x + 1e-30j).imag / 1e-30


@repair("slope", reference=slope_by_complex_step, inputs=steep_and_far, rtol=1e-6, minutes=5)
class far_slope:
    r"""Repair a difference quotient.

    This quotient was written by someone who thought that smaller is better. Two things are wrong. Near $x =
    1$ it has lost most of its digits. And far from 0, say at $x = 10^8$, it returns 0, because $x + h$ rounds
    to $x$. Repair both, so that six digits are right for points of any size.
    """

    hint = r"""
    Use the central quotient with a step near $\varepsilon^{1/3}$. Numbers near $10^8$ are $10^8$ times further
    apart than numbers near 1: let the step grow with $|x|$, but not shrink below its size at 1.
    """
    why = r"""
    Floating-point numbers have the same number of *digits* everywhere, so a step must be measured by the size
    of $x$. The maximum with 1 keeps it from vanishing at $x = 0$.
    """

    @says("Some values are wrong")
    def broken(f, x):
        h = 1e-13
        return (f(x + h) - f(x)) / h

    def solution(f, x):
        h = 6e-6 * np.maximum(1, np.abs(x))
        return (f(x + h) - f(x - h)) / (2 * h)

    @mistake(
        "The step is good near 1. At 1e12 it is smaller than the gap between two numbers: let it grow with x."
    )
    def wrong_fixed_step(f, x):
        h = 6e-6
        return (f(x + h) - f(x - h)) / (2 * h)

    @says("gives nan where there is a value")
    def wrong_relative_only(f, x):
        h = 6e-6 * np.abs(x)
        return (f(x + h) - f(x - h)) / (2 * h)

    @mistake("The values x + h and x − h are 2h apart: divide by that.")
    def wrong_divisor(f, x):
        h = 6e-6 * np.maximum(1, np.abs(x))
        return (f(x + h) - f(x - h)) / h

    @mistake("The step grows now, but the quotient is still one-sided and not good to six digits.")
    def wrong_one_sided(f, x):
        h = 6e-6 * np.maximum(1, np.abs(x))
        return (f(x + h) - f(x)) / h


@predict("power", tolerance=0.1)
class best_step:
    r"""Predict the best step in float32.

    In float64 the best step of a central difference is about $10^{-5}$. Networks are often trained in
    float32, whose numbers have a relative spacing of $\varepsilon = 1.2 \cdot 10^{-7}$. Which power of ten is
    the best step there? Give the exponent, such as `-5`; the cell below the check measures.
    """

    hint = r"Truncation $h^2$ and rounding $\varepsilon/h$ balance at the cube root of $\varepsilon$."
    why = r"""
    The cube root of $1.2 \cdot 10^{-7}$ is $0.005$, and of the powers of ten $10^{-2}$ is the nearest. The
    error there is still about $10^{-5}$: check gradients in float64.
    """
    wrong = {
        -5: "That is the best step in float64. With fewer digits, rounding sets in earlier.",
        -7: "That is ε itself: the difference would be made of rounding alone.",
        -3: "Close. The cube root of ε is 0.005, and of the powers of ten another one is nearer to that.",
        -4: "Near 0.0003, the square root of ε, the one-sided quotient is best. The central one does better.",
        -1: "There the truncation error, about h², is 0.01 and dominates.",
    }
    after = """
        x = np.linspace(-2, 2, 101, dtype=np.float32)
        errors = {}
        for k in range(-7, 0):
            h = np.float32(10.0**k)
            numeric = (np.tanh(x + h) - np.tanh(x - h)) / (2 * h)
            errors[k] = np.mean(abs(numeric - (1 - np.tanh(x) ** 2)))
        best = min(errors, key=errors.get)
        Folded("Measured", f"The smallest mean error for tanh is at h = 10^{best}.")
    """

    def solution():
        return np.round(np.log10(np.cbrt(np.finfo(np.float32).eps)))


@tune(
    "c",
    target=1.0,
    tolerance=0.02,
    goal="factor by which a layer multiplies the mean square",
    legal=(0.1, 10.0),
)
class tanhexp_scale:
    r"""Tune the weights to TanhExp.

    A layer of 400 units applies TanhExp, $x \tanh(e^x)$, to pre-activations of mean square 1, and feeds another
    layer through weights of variance $c/400$ without biases. For which $c$ do the next pre-activations have
    mean square 1 again? Integrate as in the lesson, or try.
    """

    hint = r"""
    $c = 1 / \mathbb{E}[f(z)^2]$ for standard normal $z$. The mean over a million draws of $z$ is good enough.
    """
    why = r"""
    $\mathbb{E}[f(z)^2] = 0.53$, a little more than ReLU's $\frac12$, so $c = 1.89$ instead of 2.
    """
    wrong = {
        1.0: "That would be right without an activation function.",
        2.0: "That is right for ReLU, which lets a little less through.",
        0.53: "That is E[f(z)²]. The weights have to make up for it: take one over it.",
        1.373: "That is the standard deviation of the weights, times 20. Their variance is asked.",
    }

    def measure(c):
        rng = np.random.default_rng(0)
        signal = rng.normal(size=(1000, 400))
        weights = rng.normal(scale=np.sqrt(c / 400), size=(400, 400))
        values = signal * np.tanh(np.exp(signal))
        return np.mean((values @ weights) ** 2) / np.mean(signal**2)

    def solution():
        z = np.random.default_rng(0).normal(size=1_000_000)
        return 1 / np.mean((z * np.tanh(np.exp(z))) ** 2)


def backward_passes():
    """Return pre-activations with gradients of the same shape."""
    z = np.array([[-3.0, -1.0, -0.2], [0.0, 0.7, 2.5]])
    return [
        (z, np.array([[1.0, 2.0, -3.0], [4.0, -0.5, 6.0]])),
        (np.array([0.5, 1.5]), np.array([-2.0, 7.0])),
    ]


@derivative(
    "step_backward",
    reference=lambda z, g: np.array(g) * np.clip(np.floor(2 - np.abs(z)), 0, 1),
    inputs=backward_passes,
    minutes=4,
)
class window_backward:
    r"""A backward pass for the step.

    Networks of single bits use the step forwards. Backwards they pass the gradient through unchanged where
    $|z| \le 1$, and stop it elsewhere. Write that backward pass: given the pre-activations `z` and the gradient
    `g` with respect to the step's output, return the gradient with respect to `z`.
    """

    hint = (
        r"The surrogate slope is 1 in the window and 0 outside. What does the chain rule do with it and `g`?"
    )
    why = r"""
    The chain rule multiplies the arriving gradient by the slope, whatever slope you declare. Inside the window
    that is 1, so the gradient goes straight through.
    """

    def solution(z, g):
        return g * (np.abs(z) <= 1)

    @mistake("This is the surrogate slope alone. The chain rule multiplies it by the gradient that arrives.")
    def wrong_forgets_g(z, g):
        return (np.abs(z) <= 1) * 1.0

    @mistake("This is the true slope of the step, 0: nothing would ever learn.")
    def wrong_true_slope(z, g):
        return 0.0 * g

    @mistake("The gradient passes everywhere. Outside the window it should stop.")
    def wrong_no_window(z, g):
        return 1.0 * g

    @mistake("This is the backward pass of ReLU. The window reaches to both sides of 0, and ends at 1.")
    def wrong_relu(z, g):
        return g * (z > 0)

    @mistake("This limits the gradient. The window asks for the size of z.")
    def wrong_clips_g(z, g):
        return np.clip(g, -1, 1)

    @mistake("The window includes its ends: |z| = 1 passes.")
    def wrong_open_window(z, g):
        return g * (np.abs(z) < 1)


@quiz("missed")
class missed_errors:
    """What a gradient check misses.

    Value and slope of a new function pass a gradient check with an error of $10^{-10}$ at 100 points from −5 to
    5, with the default parameters. Which mistakes may still be there? Give all letters.
    """

    hint = "What enters the check: which points, which parameters, and which of the two pieces of code is the judge?"
    why = """
    The check compares two pieces of code at the points and parameters that were tried. A factor that is 1 at
    the default, digits lost far outside, and a value that is wrong by a constant leave no trace there. A sign
    does.
    """
    options = {
        "a": (
            "The slope lacks a factor β, whose default is 1.",
            "With β = 1 the factor changes nothing. Check at other values as well.",
        ),
        "b": (
            "The slope has the wrong sign.",
            "Then the difference would be twice the slope, at nearly every point.",
        ),
        "c": (
            "The slope loses its digits at −10⁶.",
            "No point of the check lies there.",
        ),
        "d": (
            "All values are 0.1 too large.",
            "A constant drops out of every difference. Compare with values that you know.",
        ),
    }
    answer = "acd"


@quiz("winner")
class winners_curse:
    """The winner of a search.

    Of 200 random functions, one reached 98 % on a validation set of 100 images; ReLU reached 96 %. What is the
    best guess for the two on new images?
    """

    hint = "One of the two numbers was picked because it was large."
    why = """
    ReLU was not chosen by its score, so 96 % is an honest guess for it. The winner was: among 200 scores the
    largest is good in part by luck, and luck does not come back. Train both again, with several seeds, and
    measure on images that the search never saw.
    """
    options = {
        "a": (
            "98 % and 96 %: scores on a validation set are unbiased.",
            "Each score is, before anybody looks. The largest of 200 is not.",
        ),
        "b": ("Less than 98 % for the winner, about 96 % for ReLU.", ""),
        "c": (
            "Less than 98 % for the winner, and as much less for ReLU.",
            "ReLU's score was not selected for being large, so it has no reason to fall.",
        ),
        "d": (
            "More than 98 % for the winner, once it is trained with other seeds.",
            "Other seeds bring other luck. It was above its average when it won.",
        ),
    }
    answer = "b"

"""Exercises of the sigmoidal chapter."""

import math

import numpy as np

from activations import sigmoidal
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


@implement("my_sigmoid", reference=sigmoidal.sigmoid, minutes=6)
class stable_sigmoid:
    r"""A sigmoid that never overflows.

    Write $\sigma(x) = 1/(1 + e^{-x})$ for a NumPy array of any shape, such that no finite input overflows or
    makes NumPy warn. The input stays as it is, and its dtype is kept.
    """

    hint = r"""
    $e^{-|x|}$ never overflows. Write $\sigma$ with it for $x \ge 0$, then for $x < 0$: multiply numerator
    and denominator by $e^{x}$. What do the two have in common?
    """
    why = r"""
    With $e = e^{-|x|}$ the value is $1/(1 + e)$ on the right and $e/(1 + e)$ on the left. The exponent is
    never positive, so nothing overflows.
    """

    def solution(x):
        e = np.exp(-np.abs(x))
        return np.where(x >= 0, 1, e) / (1 + e)

    @says("NumPy warns: overflow encountered in exp")
    def wrong_textbook(x):
        return 1 / (1 + np.exp(-x))

    @says("gives nan where there is a value (NumPy warns")
    def wrong_other_textbook(x):
        return np.exp(x) / (1 + np.exp(x))

    @says("works for single numbers only; for an array it raises TypeError")
    def wrong_math(x):
        return 1 / (1 + math.exp(-x))

    @mistake("This is σ(−x), the probability of the other answer: check the sign of the exponent.")
    def wrong_mirrored(x):
        e = np.exp(-np.abs(x))
        return np.where(x >= 0, e, 1) / (1 + e)

    @mistake("This mirrors the right half: it gives σ(|x|). For x < 0 the numerator is e.")
    def wrong_one_half(x):
        return 1 / (1 + np.exp(-np.abs(x)))

    @mistake("This mirrors the left half: it gives σ(−|x|). For x ≥ 0 the numerator is 1.")
    def wrong_other_half(x):
        e = np.exp(-np.abs(x))
        return e / (1 + e)

    @mistake("This is σ(2x), twice as steep. The sigmoid is (1 + tanh(x/2))/2.")
    def wrong_too_steep(x):
        return (1 + np.tanh(x)) / 2

    @mistake("This runs from −1 to 1. The sigmoid is (1 + tanh(x/2))/2.")
    def wrong_not_shifted(x):
        return np.tanh(x / 2)


@implement("my_tanh", reference=sigmoidal.tanh, minutes=3)
class tanh_by_sigmoid:
    """tanh from a sigmoid.

    Write tanh with one call of `sigmoid`, and nothing but numbers, `*` and `-` besides.
    """

    hint = "The range of the sigmoid is 1 wide and that of tanh is 2. Their slopes at 0 are 1/4 and 1."
    why = r"""
    Height 2 and shift $-1$ give the range $(-1, 1)$. The slope at 0 is then $2 \cdot \frac14$ times the factor
    on $x$, which must be 2 to make it 1.
    """

    def solution(x):
        from activations import sigmoid

        return 2 * sigmoid(2 * x) - 1

    @mistake("The range is right, the slope at 0 is ½ and should be 1: scale the input as well.")
    def wrong_not_steeper(x):
        return 2 * sigmoidal.sigmoid(x) - 1

    @mistake("The input is to be scaled the other way: a larger factor on x makes the curve steeper.")
    def wrong_flatter(x):
        return 2 * sigmoidal.sigmoid(x / 2) - 1

    @says("All values are 1 too large")
    def wrong_not_shifted(x):
        return 2 * sigmoidal.sigmoid(2 * x)

    @says("All values are 0.5 times what they should be")
    def wrong_height(x):
        return sigmoidal.sigmoid(2 * x) - 0.5

    @says("The sign is wrong everywhere")
    def wrong_mirrored(x):
        return 1 - 2 * sigmoidal.sigmoid(2 * x)


@picture("bias", tolerance=0.1, minutes=2)
class read_bias:
    r"""Read a bias off a picture.

    A unit computes $\sigma(2x + b)$. Here is its graph. Which bias $b$ does it have?
    """

    hint = r"Where is the output one half? What is $2x + b$ there?"
    why = r"The output is ½ at $x = 1.5$. There the pre-activation is 0: $2 \cdot 1.5 + b = 0$, so $b = -3$."
    wrong = {
        3.0: "The size is right. A positive bias would move the curve to the left.",
        1.5: "That is where the output is one half. The pre-activation, 2x + b, is 0 there.",
        -1.5: "That would be right for the weight 1. The weight is 2.",
        -0.75: "The place of the middle is to be multiplied by the weight, not divided: 2 · 1.5 + b is 0 there.",
        0.75: "Set 2 · 1.5 + b to 0 and solve for b. Nothing is divided, and the sign changes.",
        0.5: "That is the height of the curve at its middle. Where is the middle?",
    }

    def show():
        from activations.plotting import Picture, figure, palette

        fig = figure(6, 3.2)
        ax = fig.subplots()
        x = np.linspace(-2, 4, 121)
        ax.plot(x, sigmoidal.sigmoid(2 * x - 3), color=palette["blue"])
        ax.set(
            xlabel="x", ylabel="σ(2x + b)", xticks=np.arange(-2, 4.5, 0.5), yticks=np.arange(0, 1.25, 0.25)
        )
        ax.grid(True)
        return Picture(
            fig, "An S-shaped curve from 0 to 1. At x = 0.5 it is 0.12, at 1.5 it is 0.5, at 2.5 it is 0.88."
        )

    def solution():
        return -2 * 1.5


@derivative("softsign_slope", reference=sigmoidal.softsign.derivative, minutes=5)
class softsign_derivative:
    r"""The slope of softsign.

    Derive $\operatorname{softsign}(x) = x / (1 + |x|)$ with the quotient rule, for $x > 0$ and for $x < 0$
    separately, and write the slope for an array. What do you find at 0?
    """

    hint = r"""
    For $x > 0$ the function is $x/(1 + x)$; the quotient rule gives
    $\frac{(1 + x) - x}{(1 + x)^2}$. For $x < 0$ it is $x/(1 - x)$.
    """
    why = r"""
    Both branches give $1/(1 + |x|)^2$, and both give 1 at 0. So there is a slope at 0, and no convention to
    choose.
    """

    def solution(x):
        r = 1 / (1 + np.abs(x))
        return r * r

    @says("function itself; its derivative is asked")
    def wrong_value(x):
        return x / (1 + np.abs(x))

    @mistake("The denominator is to be squared: that is the quotient rule.")
    def wrong_not_squared(x):
        return 1 / (1 + np.abs(x))

    @mistake("The quotient rule subtracts in the numerator: (1 + |x|) − |x|, which is 1.")
    def wrong_adds(x):
        return (1 + 2 * np.abs(x)) / (1 + np.abs(x)) ** 2

    @mistake("The sign is wrong for x < 0. The function rises everywhere, so its slope is positive.")
    def wrong_sign(x):
        return np.where(x < 0, -1, 1) / (1 + np.abs(x)) ** 2

    @mistake("The whole denominator is to be squared: (1 + |x|)², not 1 + x².")
    def wrong_square(x):
        return 1 / (1 + x**2)

    @mistake("That is the slope of tanh.")
    def wrong_tanh(x):
        return 1 - np.tanh(x) ** 2


def outputs_and_gradients():
    """Yield outputs of tanh and gradients of that shape, always the same."""
    rng = np.random.default_rng(2)
    for shape in ((3,), (2, 4), (1, 1)):
        yield np.tanh(rng.normal(size=shape)).round(2), rng.normal(size=shape).round(1)


@derivative(
    "tanh_backward",
    reference=lambda a, g: g - g * a * a,
    inputs=lambda: list(outputs_and_gradients()),
    minutes=4,
)
class tanh_from_output:
    r"""Backwards through tanh, from the output alone.

    A network has kept the outputs $a = \tanh z$ and thrown the pre-activations $z$ away. Now the gradient
    $g = \partial L / \partial a$ arrives. Write $\partial L / \partial z$ from `a` and `g`.
    """

    hint = r"The chain rule: $\partial L/\partial z = g \cdot \tanh' z$. Write $\tanh' z$ with $\tanh z$."
    why = r"$\tanh' z = 1 - \tanh^2 z = 1 - a^2$. Frameworks keep the output for this reason."

    def solution(a, g):
        return g * (1 - a**2)

    @mistake("This forgets g, the gradient that arrives from above.")
    def wrong_forgets_g(a, g):
        return 1 - a**2

    @mistake("This applies tanh a second time: a is the output already.")
    def wrong_twice(a, g):
        return g * (1 - np.tanh(a) ** 2)

    @mistake("a (1 − a) is the sigmoid's rule. For tanh it is 1 − a².")
    def wrong_sigmoid_rule(a, g):
        return g * a * (1 - a)

    @mistake("The output is to be squared: 1 − a², not 1 − a.")
    def wrong_not_squared(a, g):
        return g * (1 - a)

    @mistake("The square belongs to a alone: 1 − a², not (1 − a)².")
    def wrong_square(a, g):
        return g * (1 - a) ** 2

    @mistake("This divides by the slope. Backwards, too, the chain rule multiplies by it.")
    def wrong_divides(a, g):
        return g / (1 - a**2)


@repair("my_log_sigmoid", reference=sigmoidal.log_sigmoid, atol=0.0, minutes=6)
class log_of_sigmoid:
    r"""Repair a log-sigmoid.

    This loss is found in many notebooks. It is right for inputs of ordinary size. For $x = -800$ it gives
    $-\infty$ instead of $-800$, and for $x = 100$ it gives 0, which has lost every digit of
    $-3.7 \cdot 10^{-44}$. Repair it for both.
    """

    hint = r"""
    $\log\sigma(x) = -\log(1 + e^{-x})$. For $x < 0$, take $e^{-x}$ out of the sum: what is left in the logarithm?
    And which NumPy function computes $\log(1 + e)$ for a tiny $e$?
    """
    why = r"""
    For $x < 0$: $-\log(1 + e^{-x}) = -\log\bigl(e^{-x}(e^{x} + 1)\bigr) = x - \log(1 + e^{x})$. Both cases together
    are $\min(x, 0) - \log(1 + e^{-|x|})$, and `np.log1p` keeps the digits of a tiny exponential.
    """

    @says("For inputs far from 0: Some values are wrong")
    def broken(x):
        return np.log(1 / (1 + np.exp(-x)))

    def solution(x):
        return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))

    @says("your value: -inf")
    def wrong_overflows(x):
        return -np.log1p(np.exp(-x))

    @says("your value: -27.631")
    def wrong_clipped(x):
        return np.log(np.maximum(1 / (1 + np.exp(-np.clip(x, -500, 500))), 1e-12))

    @mistake("The left side is right. On the right, 1 + e rounds the tiny e away: np.log1p(e) keeps it.")
    def wrong_plain_log(x):
        return np.minimum(x, 0) - np.log(1 + np.exp(-np.abs(x)))

    @says("The sign is wrong everywhere")
    def wrong_softplus(x):
        return np.maximum(-x, 0) + np.log1p(np.exp(-np.abs(x)))

    @mistake("This is log σ(−x): the side on which it falls is the left.")
    def wrong_side(x):
        return np.minimum(-x, 0) - np.log1p(np.exp(-np.abs(x)))


@predict("layers", tolerance=0.1)
class layers_to_vanish:
    r"""Predict how deep a gradient reaches.

    The weights of a deep sigmoid network have the variance $1/n$, and all pre-activations are near 0. A
    gradient passes backwards. After how many layers is less than a millionth of it left? Give the smallest
    whole number.
    """

    hint = r"By which factor does each layer multiply the gradient when $v = 1$? The slope at 0 is known."
    why = r"""
    Each layer multiplies by $\sqrt{v}\,\sigma'(0) = \frac14$. $4^{-9}$ is 3.8 millionths, $4^{-10}$ is 0.95 of one.
    """
    wrong = {
        9: "4 to the power 9 is 262 144. One layer more is needed.",
        20: "That is for a factor of one half, which is the sigmoid's value at 0. Its slope is asked.",
        6: "That is for a factor of one tenth.",
        250_000: "That divides a million by 4. The factors multiply: ask for a power of 4.",
    }
    after = """
        width, g = 400, np.random.default_rng(0).normal(size=400)
        weights = np.random.default_rng(1).normal(size=(10, width, width)) / np.sqrt(width)
        left = g.copy()
        for w in weights:
            left = (left @ w) * sigmoid.derivative(0.0)
        share = np.linalg.norm(left) / np.linalg.norm(g)
        Folded("Measured", f"After 10 layers {share:.1e} of the gradient is left.")
    """

    def solution():
        return np.ceil(6 / np.log10(4))


@tune("z", target=20.0, tolerance=0.5, goal="half-life in steps", legal=(-10.0, 10.0))
class gate_half_life:
    r"""Tune a gate to remember.

    A gate keeps the share $\sigma(z)$ of a state at every step. Choose $z$ such that half of the state is left
    after 20 steps. Work it out, or find it by trial.
    """

    hint = r"After 20 steps $g^{20}$ is left. Solve $g^{20} = \frac12$, then turn the probability $g$ into log-odds."
    why = r"$g = 2^{-1/20} = 0.966$, and $z = \log\frac{g}{1 - g} = 3.34$."
    wrong = {
        0.966: "That is the gate itself. The pre-activation that gives it is asked: take its log-odds.",
        0.0: "This gate keeps one half at every single step.",
        2.944: "A gate of 1 − 1/20 keeps 36 % after 20 steps, not 50 %.",
        -3.343: "The sign is wrong: this gate keeps 3 % and forgets 97 %.",
    }

    def measure(z):
        return math.log(2) / math.log1p(math.exp(-z))

    def solution():
        gate = 0.5 ** (1 / 20)
        return np.log(gate / (1 - gate))


@quiz("helps")
class what_helps:
    """What helps a deep sigmoid network.

    A network of ten sigmoid layers starts from small weights with the variance $1/(3n)$, and its first layer hardly
    learns. Which changes bring the gradient at the first layer back to the size it has at the last?
    """

    hint = r"Each layer multiplies by $\sqrt{v} \cdot \operatorname{rms}(f')$. Which changes bring this close to 1?"
    why = r"""
    The default has a factor of at most $\frac14\sqrt{1/3}$ per layer. With tanh and $v = 1$ it is nearly 1, with a
    sigmoid, $v = 16$ and pre-activations near 0 also.
    """
    options = {
        "a": (
            "Replace the sigmoid by tanh, with weights of variance $1/n$.",
            "The slope of tanh at 0 is 1, so with v = 1 the factor per layer is close to 1.",
        ),
        "b": (
            "Use a learning rate that is a thousand times larger.",
            "It enlarges the steps of all layers alike. The ratio between first and last stays.",
        ),
        "c": (
            "Use weights of variance $16/n$ and centre the biases.",
            "The factor is √16 · ¼ = 1 as long as the pre-activations stay near 0, which the biases see to.",
        ),
        "d": (
            "Clip the outputs of each layer to a smaller range.",
            "Clipping flattens the function further: where it clips, the slope is 0.",
        ),
        "e": (
            "Replace the sigmoid by the hard sigmoid, with the same weights.",
            "Its slope is at most 1/6, which is less than the sigmoid's quarter.",
        ),
    }
    answer = "ac"

"""Exercises of the exponential chapter."""

import numpy as np

from activations import exponential
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


@picture("beta", tolerance=0.05, minutes=3)
class read_sharpness:
    r"""Read a sharpness off its picture.

    This is a softplus. What is its $\beta$? One height is enough.
    """

    hint = r"What is $\frac1\beta \log(1 + e^{\beta x})$ at $x = 0$? Read that height off the picture."
    why = r"At 0 the height is $\frac{\log 2}{\beta}$. It is about 1.39 here, and $0.693 / 1.39 = 0.5$."
    wrong = {
        1.386: "That is the height at 0. β is log 2 divided by it.",
        0.693: "That is log 2, the height at 0 of a softplus with β = 1. Read this one's height, and divide.",
        2.0: "That is 1/β. A curve that bends more gently than the default has β below 1.",
        1.0: "That would be the default, whose height at 0 is 0.69.",
        0.8: "Look again: at x = 0 the curve is just below 1.4.",
    }

    def show():
        from activations.plotting import Picture, figure, palette

        fig = figure()
        ax = fig.subplots()
        x = np.linspace(-6, 4, 101)
        ax.plot(x, exponential.softplus(x, beta=0.5), color=palette["blue"])
        ax.set(xlabel="x", ylabel="f(x)", xlim=(-6, 4), ylim=(0, 4.5), xticks=range(-6, 5))
        ax.set(yticks=np.arange(0, 4.1, 0.5))
        return Picture(fig, "A curve that rises from 0.1 at x = -6 through 1.39 at 0 to 4.25 at 4.")

    def solution():
        return np.log(2) / 1.386


@repair("stable_softplus", reference=exponential.softplus, params=[{"beta": 2.0}], minutes=5)
class softplus_repair:
    r"""Repair a softplus that overflows.

    This is the formula as it stands in papers. For large inputs it returns infinity, and float16 needs no
    large input for that. Repair it for every $x$ and every $\beta > 0$, without a threshold at which the
    function changes.
    """

    hint = r"""
    For $x > 0$, write $1 + e^{\beta x} = e^{\beta x}(1 + e^{-\beta x})$ and take the logarithm of each
    factor. What is left of $x$ for $x < 0$?
    """
    why = r"""
    With the larger exponential taken out, the remaining one is $e^{-\beta|x|}$, never above 1. `log1p` also
    saves the digits on the left. `np.logaddexp(0, beta * x) / beta` does the same in one call.
    """

    @mistake(
        "The exponential overflows, though the answer is hardly larger than x. "
        "In float16 that happens as soon as β·x passes 11."
    )
    def broken(x, beta=1.0):
        return np.log(1 + np.exp(beta * x)) / beta

    def solution(x, beta=1.0):
        return np.maximum(x, 0) + np.log1p(np.exp(-beta * np.abs(x))) / beta

    @mistake("Above the threshold this is x itself: the digits by which softplus exceeds x are missing.")
    def wrong_threshold(x, beta=1.0):
        return np.where(beta * x > 10, x, np.log1p(np.exp(beta * x)) / beta)

    @mistake("The exponent is capped, so the value stops growing there. Far right, softplus is nearly x.")
    def wrong_capped(x, beta=1.0):
        return np.log1p(np.exp(np.minimum(beta * x, 10))) / beta

    @mistake("β multiplies x and divides the logarithm. Here the two have changed places.")
    def wrong_swapped(x, beta=1.0):
        return beta * np.logaddexp(0, x / beta)

    @mistake("What is taken out of the logarithm is β·x, and it is divided by β like the rest: x is left.")
    def wrong_too_steep(x, beta=1.0):
        return beta * np.maximum(x, 0) + np.log1p(np.exp(-beta * np.abs(x))) / beta

    @says("does not depend on beta")
    def wrong_no_beta(x, beta=1.0):
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    @mistake("The logarithm is to be divided by β as well.")
    def wrong_not_divided(x, beta=1.0):
        return np.maximum(x, 0) + np.log1p(np.exp(-beta * np.abs(x)))

    @mistake("The first part is missing: what was taken out of the logarithm must be added again.")
    def wrong_half(x, beta=1.0):
        return np.log1p(np.exp(-beta * np.abs(x))) / beta


def amounts():
    """Yield positive numbers, small and large, always the same."""
    return [
        (np.array([0.5, 1.0, 2.0, 5.0]),),
        (np.array([1e-3, 0.1, 0.6931471805599453, 10.0, 40.0]),),
        (np.array([100.0, 700.0, 800.0, 1e4]),),
    ]


@implement(
    "start_at",
    reference=lambda y: y + np.log1p(-np.exp(-y)),
    inputs=amounts,
    minutes=5,
)
class inverse_softplus:
    r"""Where to start a positive output.

    A network predicts a standard deviation as $\operatorname{softplus}(z)$, and you want it to begin at
    $y > 0$. Which $z$ gives that? Write the inverse of softplus ($\beta = 1$) for an array, so that large
    $y$ do not overflow.
    """

    hint = r"""
    Solve $y = \log(1 + e^z)$ for $z$. Then take $e^y$ out of the logarithm, as for softplus. `np.expm1`
    keeps the digits of $e^t - 1$.
    """
    why = r"""
    $z = \log(e^y - 1) = y + \log(1 - e^{-y})$, and $1 - e^{-y}$ is `-np.expm1(-y)`. For large $y$ the
    second term vanishes and $z = y$.
    """

    def solution(y):
        return y + np.log(-np.expm1(-y))

    @mistake("e^y overflows from y = 710, though z is then nearly y. Take e^y out of the logarithm first.")
    def wrong_as_solved(y):
        return np.log(np.exp(y) - 1)

    @mistake("This is the inverse of the exponential. Softplus has a 1 inside its logarithm.")
    def wrong_log(y):
        return np.log(y)

    @mistake("This is e^z. One step is missing: take the logarithm.")
    def wrong_no_log(y):
        return np.expm1(y)

    @mistake("The inverse function is asked for, the one that undoes softplus, and not one over it.")
    def wrong_reciprocal(y):
        return 1 / (np.maximum(y, 0) + np.log1p(np.exp(-np.abs(y))))

    @mistake("This is softplus itself. Solve it for its input.")
    def wrong_softplus(y):
        return np.maximum(y, 0) + np.log1p(np.exp(-np.abs(y)))

    @mistake("Check the sign: e^z = e^y − 1, so the part in the logarithm is 1 − e^(−y), below 1.")
    def wrong_sign(y):
        return y - np.log(-np.expm1(-y))


@derivative(
    "elu_slope", reference=exponential.elu.derivative, params=[{"alpha": 2.0}, {"alpha": 0.5}], minutes=4
)
class elu_derivative:
    r"""The slope of ELU, kink included.

    Write the derivative of ELU: 1 for $x > 0$ and $\alpha e^x$ otherwise. At 0 use the convention of this
    book and of PyTorch, $\alpha$. Large $x$ must not overflow, and float32 slopes
    belong to float32 inputs.
    """

    hint = (
        r"`np.where` computes both branches for all $x$. Which harmless number can the exponential be given?"
    )
    why = r"""
    The minimum keeps the exponential at or below 1 where its branch is not used. The strict `>` puts 0 on
    the side of slope $\alpha$.
    """

    def solution(x, alpha=1.0):
        return np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0)))

    @says("The values are right, but NumPy warns: overflow")
    def wrong_overflow(x, alpha=1.0):
        return np.where(x > 0, 1.0, alpha * np.exp(x))

    @says("Right everywhere but at the kink, x = 0")
    def wrong_convention(x, alpha=1.0):
        return np.where(x >= 0, 1.0, alpha * np.exp(np.minimum(x, 0)))

    @says("does not depend on alpha")
    def wrong_no_alpha(x, alpha=1.0):
        return np.exp(np.minimum(x, 0))

    @says("function itself; its derivative is asked")
    def wrong_value(x, alpha=1.0):
        return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0))

    @mistake("For x > 0 the function is x, so its slope is 1.")
    def wrong_right_branch(x, alpha=1.0):
        return np.where(x > 0, x, alpha * np.exp(np.minimum(x, 0)))

    @mistake("The exponential is its own derivative: no factor x comes down.")
    def wrong_power_rule(x, alpha=1.0):
        return np.where(x > 0, 1.0, alpha * x * np.exp(np.minimum(x, 0)))

    @mistake("A constant has the slope 0: the −1 of e^x − 1 goes.")
    def wrong_constant(x, alpha=1.0):
        return np.where(x > 0, 1.0, alpha * np.expm1(np.minimum(x, 0)))

    @mistake("This is CELU's slope, exp(x/α). ELU is stretched downwards only, not sideways.")
    def wrong_celu(x, alpha=1.0):
        return np.exp(np.minimum(x, 0) / alpha)


@implement("my_celu", reference=exponential.celu, params=[{"alpha": 2.0}, {"alpha": 0.5}], minutes=4)
class celu_by_scale:
    r"""CELU, without a kink.

    Write CELU, $\max(0, x) + \min(0, \alpha(e^{x/\alpha} - 1))$, for an array. No input
    may overflow, and digits near 0 are to be kept.
    """

    hint = "Which NumPy function computes $e^t - 1$? And what should it be given where $x$ is positive?"
    why = r"""
    For positive $x$ the second term is `expm1(0)`, which is 0. Dividing inside by what multiplies outside
    keeps the slope at 0 at 1.
    """

    def solution(x, alpha=1.0):
        return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0) / alpha)

    @mistake("This is ELU. For α ≠ 1 it has a kink: divide x by α inside the exponential.")
    def wrong_elu(x, alpha=1.0):
        return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0))

    @mistake("The factor α is missing, so the slope at 0 is 1/α from the left.")
    def wrong_no_factor(x, alpha=1.0):
        return np.maximum(x, 0) + np.expm1(np.minimum(x, 0) / alpha)

    @mistake("The two are the wrong way round: divide by α inside the exponential, multiply by it outside.")
    def wrong_swapped(x, alpha=1.0):
        return np.maximum(x, 0) + np.expm1(np.minimum(x, 0) * alpha) / alpha

    @mistake("Inside the exponential x is to be divided by α, not multiplied.")
    def wrong_multiplied(x, alpha=1.0):
        return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0) * alpha)

    @says("NumPy warns: overflow")
    def wrong_overflow(x, alpha=1.0):
        return np.where(x > 0, x, alpha * np.expm1(x / alpha))

    @says("does not depend on alpha")
    def wrong_fixed(x, alpha=1.0):
        return np.maximum(x, 0) + np.expm1(np.minimum(x, 0))


@predict("mean_output", tolerance=0.01)
class elu_mean:
    r"""Predict a mean.

    For standard normal inputs ReLU's mean output is 0.399, and that of ELU with $\alpha = 1$ is 0.161.
    Predict ELU's mean for $\alpha = 2$, to two decimals; the cell below the check measures it.
    """

    hint = r"ReLU is ELU with $\alpha = 0$. How does the left branch, and so the mean, depend on $\alpha$?"
    why = r"""
    The left branch is $\alpha$ times a fixed function, so the mean falls on a straight line: $0.399 -
    0.238\,\alpha$. At $\alpha = 2$ that is $-0.08$. Between 1 and 2 lies an $\alpha$ with mean 0.
    """
    wrong = {
        0.0805: "The mean does not halve when α doubles: α changes the left branch only.",
        0.322: "A larger α makes the outputs on the left more negative, so the mean falls.",
        0.0: "Nearly. The mean falls by 0.238 for each unit of α, starting at 0.399.",
        -0.239: "That is the share of the left branch for α = 1 alone. The right branch adds 0.399 to the mean.",
        -0.477: "That is the left branch's share. The right branch adds 0.399.",
    }
    after = """
        z = np.random.default_rng(0).normal(size=1_000_000)
        Folded("Measured", f"The mean output is {elu(z, alpha=2.0).mean():.3f}.")
    """

    def solution():
        return 0.399 + 2 * (0.161 - 0.399)


@tune(
    "alpha",
    target=0.0,
    tolerance=0.002,
    goal="mean output",
    legal=(0.01, 5.0),
)
class zero_mean:
    r"""Tune a mean to zero.

    Which $\alpha$ gives ELU the mean output 0 for standard normal inputs? Work it out, or find it by trial:
    the check averages over a fine grid.
    """

    hint = r"""
    The mean is $0.3989 - 0.2384\,\alpha$. You have met the answer in the lesson, under another name.
    """
    why = r"""
    $0.3989 / 0.2384 = 1.673$: this is SELU's $\alpha$. A factor in front of ELU does not move a mean of 0,
    so $\lambda$ is free to set the variance.
    """
    wrong = {
        1.0: "That is the default.",
        1.0507: "That is SELU's λ, the factor in front. It sets the variance.",
        1.7581: "That is λα, SELU's floor. The mean is set by α alone.",
        2.0: "That goes past it.",
    }

    def measure(alpha):
        z = np.linspace(-10, 10, 20_001)
        weight = np.exp(-z * z / 2)
        return np.average(exponential.elu(z, alpha=alpha), weights=weight)

    def solution():
        return 0.39894 / 0.23843


@quiz("broken")
class self_normalising:
    r"""What breaks self-normalisation.

    A stack of 30 layers of SELU, with LeCun-normal weights and standardised inputs, keeps variance 1. Which
    of these changes take the variance away from 1?
    """

    hint = r"What must hold for a pre-activation to have variance 1? Check each change against that."
    why = r"""
    Weights of variance $1/n$ keep a mean square of 1, for any width $n$ and for nearly any distribution.
    Weights of variance $2/n$ double it in each layer, more than SELU takes back, and dropout raises it after
    each layer.
    """
    options = {
        "a": (
            "All layers are twice as wide, again with LeCun-normal weights.",
            "LeCun's variance is 1/n: it follows the width.",
        ),
        "b": (
            "He's weights in place of LeCun's.",
            "Twice the variance per layer is more than SELU takes back: the signal grows from layer to layer.",
        ),
        "c": (
            "Ordinary dropout after each layer.",
            "It sets activations to 0 and enlarges the others, which raises the variance. "
            "Alpha dropout does not.",
        ),
        "d": (
            "Uniformly distributed weights of variance 1/n.",
            "A sum of many terms is close to normal whatever the distribution of each: only the variance counts.",
        ),
    }
    answer = "bc"


def batches():
    """Yield activations, which of them are kept and the probability of that, always the same."""
    rng = np.random.default_rng(3)
    for shape, keep in (((2, 5), 0.9), ((3, 4), 0.5), ((6,), 0.75)):
        yield rng.normal(size=shape).round(1), rng.random(shape) < keep, keep


def by_moments(x, kept, keep):
    """Return the standardised mixture, from mean and mean square of its two parts."""
    floor = float(exponential.selu(-np.inf))
    mean = keep * 0 + (1 - keep) * floor
    square = keep * 1 + (1 - keep) * floor**2
    return (np.where(kept, x, floor) - mean) / np.sqrt(square - mean**2)


@implement("alpha_dropout", reference=by_moments, inputs=lambda: list(batches()), minutes=8)
class dropout_for_selu:
    r"""Dropout that keeps mean and variance.

    You are given activations `x` of mean 0 and variance 1, `kept`, which is True where an activation stays,
    and `keep`, the probability $q$ of that. Set the others to SELU's floor $\alpha' = -\lambda\alpha$, which
    is `selu(-np.inf)`. Then shift and scale everything so that mean 0 and variance 1 are restored: multiply
    by $a = (q + q(1-q)\alpha'^2)^{-1/2}$ and add $b = -a(1-q)\alpha'$.
    """

    hint = "Three steps: `np.where`, the two numbers a and b, and an affine map of the whole array."
    why = r"""
    The mixture has mean $(1-q)\alpha'$ and variance $q + q(1-q)\alpha'^2$, whatever the batch. Kept
    activations are moved too: the shift makes up for what the dropped ones add.
    """

    def solution(x, kept, keep):
        from activations import selu

        floor = selu(-np.inf)
        a = (keep + keep * (1 - keep) * floor**2) ** -0.5
        b = -a * (1 - keep) * floor
        return a * np.where(kept, x, floor) + b

    @mistake("This is ordinary dropout. It keeps the mean and raises the variance.")
    def wrong_ordinary(x, kept, keep):
        return np.where(kept, x / keep, 0.0)

    @mistake("Dropped activations go to SELU's floor, not to 0.")
    def wrong_zero(x, kept, keep):
        floor = float(exponential.selu(-np.inf))
        a = (keep + keep * (1 - keep) * floor**2) ** -0.5
        return a * np.where(kept, x, 0.0) - a * (1 - keep) * floor

    @mistake("The affine map is missing: mean and variance are no longer 0 and 1.")
    def wrong_no_map(x, kept, keep):
        return np.where(kept, x, float(exponential.selu(-np.inf)))

    @mistake("Kept and dropped are the wrong way round.")
    def wrong_way_round(x, kept, keep):
        return by_moments(x, ~kept, keep)

    @mistake("The shift b has the wrong sign: the floor is negative, so b must be positive.")
    def wrong_shift(x, kept, keep):
        floor = float(exponential.selu(-np.inf))
        a = (keep + keep * (1 - keep) * floor**2) ** -0.5
        return a * np.where(kept, x, floor) + a * (1 - keep) * floor

    @mistake("q is the probability of being kept. In these formulas it was taken for that of being dropped.")
    def wrong_probability(x, kept, keep):
        floor, q = float(exponential.selu(-np.inf)), 1 - keep
        a = (q + q * (1 - q) * floor**2) ** -0.5
        return a * np.where(kept, x, floor) - a * (1 - q) * floor

    @mistake("The affine map is for all activations, the dropped ones too.")
    def wrong_map_of_kept(x, kept, keep):
        floor = float(exponential.selu(-np.inf))
        a = (keep + keep * (1 - keep) * floor**2) ** -0.5
        return np.where(kept, a * x - a * (1 - keep) * floor, floor)

    @mistake("The floor is −λα, the value of selu(-np.inf). This is −α, ELU's.")
    def wrong_floor(x, kept, keep):
        floor = float(exponential.selu(-np.inf)) / 1.0507009873554805
        a = (keep + keep * (1 - keep) * floor**2) ** -0.5
        return a * np.where(kept, x, floor) - a * (1 - keep) * floor

    @mistake("This standardises each batch by its own mean and variance. a and b are fixed by q alone.")
    def wrong_by_batch(x, kept, keep):
        mixture = np.where(kept, x, float(exponential.selu(-np.inf)))
        return (mixture - mixture.mean()) / mixture.std()

    @mistake("The shift is to be scaled as well: b = −a (1 − q) α′.")
    def wrong_unscaled_shift(x, kept, keep):
        floor = float(exponential.selu(-np.inf))
        a = (keep + keep * (1 - keep) * floor**2) ** -0.5
        return a * np.where(kept, x, floor) - (1 - keep) * floor

    @mistake("This is sqrt of the variance as a factor. To bring the variance back to 1, divide by it.")
    def wrong_root(x, kept, keep):
        floor = float(exponential.selu(-np.inf))
        a = (keep + keep * (1 - keep) * floor**2) ** 0.5
        return a * np.where(kept, x, floor) - a * (1 - keep) * floor

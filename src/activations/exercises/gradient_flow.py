"""Exercises of the gradient flow chapter."""

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


def slopes_of_layers():
    """Yield the slopes that a layer has met, of shape (examples, units), and v, always the same."""
    rng = np.random.default_rng(3)
    for shape, v in (((4, 3), 1.0), ((2, 5), 2.0), ((6, 1), 1 / 3)):
        yield rng.uniform(-0.2, 1.0, size=shape).round(2), v


@implement(
    "gradient_factor",
    reference=lambda slopes, v: np.linalg.norm(slopes) * np.sqrt(v / slopes.size),
    inputs=lambda: list(slopes_of_layers()),
    minutes=4,
)
class gradient_factor:
    r"""The factor of one layer.

    A layer has $n$ inputs, weights of variance $v/n$, and slopes $f'(z)$ that you are given as an array,
    one row per example. By which factor does the layer multiply the size of the gradient, the root of its
    mean square? This is the root of the backward gain.
    """

    hint = r"The backward gain is $v\,\mathbb{E}[f'(z)^2]$. Square first, then take the mean, then the root."
    why = r"""
    Variances add up, so the mean of the *squares* counts, and the root comes last. One steep slope in ten
    carries more than ten slopes of a tenth.
    """

    def solution(slopes, v):
        return np.sqrt(v * np.mean(slopes**2))

    @mistake("This is the backward gain, which multiplies the mean square. Take its root.")
    def wrong_no_root(slopes, v):
        return v * np.mean(slopes**2)

    @mistake("This squares the mean. Take the mean of the squares.")
    def wrong_mean_first(slopes, v):
        return np.sqrt(v) * np.abs(np.mean(slopes))

    @mistake("The root of v is missing: v is a variance, and the size follows its root.")
    def wrong_v_outside(slopes, v):
        return v * np.sqrt(np.mean(slopes**2))

    @mistake("This forgets the weights: v multiplies the mean square of the slopes.")
    def wrong_forgets_v(slopes, v):
        return np.sqrt(np.mean(slopes**2))

    @mistake(
        "The largest slope gives an upper limit. The gradient meets the typical ones: take the mean square."
    )
    def wrong_largest(slopes, v):
        return np.sqrt(v) * np.abs(slopes).max()


def chance_within(q):
    """Return the chance that a normal variable of variance q lies between −1 and 1, by a sum over a grid."""
    z = np.linspace(-1, 1, 200_001)
    inner = np.exp(-(z**2) / (2 * q)) / np.sqrt(2 * np.pi * q)
    # Simpson's rule: far more exact than is asked.
    return (z[1] - z[0]) / 3 * (inner[0] + inner[-1] + 4 * inner[1:-1:2].sum() + 2 * inner[2:-1:2].sum())


@derivative(
    "hard_tanh_gain",
    reference=chance_within,
    inputs=lambda: [(1.0,), (0.25,), (4.0,), (25.0,)],
    rtol=1e-6,
    minutes=6,
)
class hard_tanh_backward_gain:
    r"""The backward gain of the hard tanh.

    The hard tanh has slope 1 between −1 and 1, and slope 0 outside. Its pre-activations are normal with mean 0
    and variance $q$. Derive $\mathbb{E}[f'(z)^2]$ as a function of $q$, and write it. You may use
    `scipy.special.ndtr`, the normal distribution function $\Phi$.
    """

    hint = r"""
    The square of the slope is 1 or 0, so its mean is the probability of $|z| < 1$. Write $z = \sqrt{q}\,u$ with
    a standard normal $u$.
    """
    why = r"""
    $P(|z| < 1) = P(|u| < 1/\sqrt{q}) = 2\Phi(1/\sqrt{q}) - 1$. It is 0.68 for $q = 1$ and falls like
    $\sqrt{2/(\pi q)}$: the larger the pre-activations, the fewer of them meet a slope.
    """

    def solution(q):
        from scipy.special import ndtr

        return 2 * ndtr(1 / np.sqrt(q)) - 1

    @mistake("This counts everything below 1. The slope is 0 below −1 as well.")
    def wrong_one_side(q):
        from scipy.special import ndtr

        return ndtr(1 / np.sqrt(q))

    @mistake("q is a variance: divide by its root, the standard deviation.")
    def wrong_variance(q):
        from scipy.special import ndtr

        return 2 * ndtr(1 / q) - 1

    @mistake("This is the root of what is asked: the mean square itself is asked.")
    def wrong_root(q):
        from scipy.special import ndtr

        return np.sqrt(2 * ndtr(1 / np.sqrt(q)) - 1)

    @mistake("erf contains a factor of its own: 2Φ(u) − 1 is erf(u/√2).")
    def wrong_erf(q):
        from scipy.special import erf

        return erf(1 / np.sqrt(q))

    @mistake("This is the share of units that are saturated, where the slope is 0.")
    def wrong_saturated(q):
        from scipy.special import ndtr

        return 2 - 2 * ndtr(1 / np.sqrt(q))


def draws():
    """Yield matrices of standard normal numbers, always the same."""
    rng = np.random.default_rng(4)
    for shape in ((8, 3), (3, 12), (5, 5)):
        yield (rng.normal(size=shape).round(2),)


@repair(
    "he_weights",
    reference=lambda draws: np.sqrt(2) * draws / np.sqrt(len(draws)),
    inputs=lambda: list(draws()),
    minutes=4,
)
class he_by_hand:
    r"""Repair an initialiser.

    `draws` holds standard normal numbers, in the shape (inputs, outputs) of a weight matrix. This function
    should scale them to He's weights, of variance $2/n$ for $n$ inputs. It makes two mistakes. Both pass
    unnoticed in small tests, and both ruin a deep network.
    """

    hint = r"""
    If $u$ has variance 1, which variance has $c\,u$? And which entry of the shape counts the numbers that
    each output sums up?
    """
    why = r"""
    Multiplying by $c$ multiplies the variance by $c^2$, so $c = \sqrt{2/n}$. Each output sums over the
    inputs, the rows of the matrix, so $n$ is `draws.shape[0]`.
    """

    @says("All values are 1.333 times what they should be")
    def broken(draws):
        n = draws.shape[1]
        return draws * 2 / n

    def solution(draws):
        n = draws.shape[0]
        return draws * np.sqrt(2 / n)

    @mistake("The scale is right. But n counts the inputs, and the shape is (inputs, outputs).")
    def wrong_outputs(draws):
        return draws * np.sqrt(2 / draws.shape[1])

    @mistake("2/n is the variance. The factor on the numbers is its root.")
    def wrong_variance(draws):
        return draws * 2 / draws.shape[0]

    @mistake("This has variance 1/n, which is LeCun's: ReLU needs the 2.")
    def wrong_lecun(draws):
        return draws / np.sqrt(draws.shape[0])

    @mistake("This divides by the number of all weights. Each output sums over the inputs only.")
    def wrong_size(draws):
        return draws * np.sqrt(2 / draws.size)

    @mistake("This is Xavier's mean of inputs and outputs. He's variance is 2 over the inputs.")
    def wrong_xavier(draws):
        return draws * np.sqrt(2 / sum(draws.shape))


@predict("power", tolerance=0.1, minutes=4)
class default_under_relu:
    r"""Predict what a default does to ReLU.

    Weights are drawn from $U(\pm 1/\sqrt{n})$, as a common framework does by default, and all hidden units are
    ReLUs. A gradient passes back through 20 layers. Which share of its size is left? Give the power of ten,
    with one decimal: $-3.5$ stands for $10^{-3.5}$.
    """

    hint = r"""
    A uniform distribution on $\pm b$ has the variance $b^2/3$. What is $v$? And how large is the mean square of
    ReLU's slope, when half of the units are silent?
    """
    why = r"""
    $v = \frac13$ and $\mathbb{E}[f'^2] = \frac12$, so each layer multiplies the mean square by $\frac16$ and the
    size by $\sqrt{1/6} = 0.41$. Over 20 layers that is $6^{-10} = 10^{-7.8}$.
    """
    wrong = {
        -15.56: "That is what happens to the mean square. The size is its root.",
        -4.77: "That is for a slope of 1 everywhere. Half of the units are silent.",
        -3.01: "That is for weights of variance 1/n. The variance of this uniform distribution is a third of that.",
        7.78: "The size is right. The gradient becomes smaller, so the power is negative.",
    }
    after = """
        from activations.network import MLP

        sizes = [256] * 23
        net = MLP(sizes, "relu", output="identity", initialiser="torch_default", seeds=5)
        x, g = np.random.default_rng(0).normal(size=(2, 32, 256))
        gradient = net.statistics(x, g=g).gradient
        share = np.log10(gradient[:, 0] / gradient[:, -1]).mean()
        Folded("Measured", f"From layer 21 back to layer 1: ten to the power {share:.1f}.")
    """

    def solution():
        return 10 * np.log10(1 / 6)


@tune(
    "v",
    target=1.0,
    tolerance=0.2,
    goal="gradient at layer 1 over that at layer 30",
    legal=(0.01, 30.0),
    minutes=5,
)
class tanh_keeps_gradient:
    r"""Tune the variance for a deep tanh network.

    A network has 30 layers of 64 tanh units. Its weights have the variance $v/n$, its biases are 0. Choose $v$
    such that the gradient arrives at layer 1 with the size that it had at layer 30. Start with a value from the
    lesson's table, and let the check tell you what it does.
    """

    hint = r"""
    With $v = 1$ a little is lost, with $v = 2$ the gradient grows. The answer lies between: try the middle,
    and halve the interval that is left.
    """
    why = r"""
    The table's 2.2 is for pre-activations of variance 1. With a smaller $v$ the signal settles lower, where
    tanh is steeper. There, about 1.5 balances 30 layers.
    """
    wrong = {
        2.15: "That keeps the gradient where the pre-activations have variance 1. Here they settle lower.",
        2.54: "That keeps the signal at variance 1. The gradient grows meanwhile.",
        1.0: "Near 0 the slope is 1 and v = 1 would do. But the signal comes near 0 slowly, and loses on the way.",
        0.3333: "That is PyTorch's default: each layer takes nearly half.",
        2.0: "That is He's, made for units of which half are silent. No tanh is.",
    }

    def measure(v):
        rng = np.random.default_rng(0)
        weights = rng.normal(size=(30, 4, 64, 64)) * np.sqrt(v / 64)
        x, slopes = rng.normal(size=(4, 32, 64)), []
        for w in weights:
            slopes.append(sigmoidal.tanh.derivative(x @ w))
            x = np.tanh(x @ w)
        last = g = rng.normal(size=x.shape) * slopes[-1]
        for w, slope in zip(weights[:0:-1], slopes[-2::-1], strict=True):
            g = (g @ w.swapaxes(1, 2)) * slope
        ratios = np.linalg.norm(g, axis=(1, 2)) / np.linalg.norm(last, axis=(1, 2))
        return float(np.exp(np.log(ratios).mean()))

    def solution():
        return 1.5


@picture("v", tolerance=0.06, minutes=4)
class read_variance:
    r"""Read a variance off a gradient.

    The gradient that reaches each layer of a ReLU network, relative to layer 21. The weights of the network
    have the variance $v/n$. Which $v$?
    """

    hint = r"""
    How many powers of ten are lost over 20 layers, and so which factor per layer? Its square is the backward
    gain, $v\,\mathbb{E}[f'^2]$.
    """
    why = r"""
    20 layers lose four powers of ten, so the mean square loses eight: the backward gain is $10^{-8/20} = 0.4$. Half of
    the slopes are 1, so $v = 2 \cdot 0.4 = 0.8$.
    """
    wrong = {
        0.63: "That is the factor on the size of the gradient. Its square is the backward gain.",
        0.4: "That is the backward gain. Half of ReLU's slopes are 0: v is twice as much.",
        1.26: "That doubles the factor on the size. Square it first.",
        2.0: "With v = 2 the line would be level.",
        1.0: "With v = 1 a layer loses 0.707, and twenty lose three powers of ten. Here it is four.",
    }

    def show():
        from activations.plotting import Picture, figure, palette

        fig = figure(6, 3.6)
        ax = fig.subplots()
        layers = np.arange(1, 22)
        ax.plot(layers, 0.4 ** ((21 - layers) / 2), marker="o", ms=4, color=palette["blue"])
        ax.set(yscale="log", ylim=(1e-5, 10), xlabel="layer", ylabel="gradient, relative")
        ax.set_xticks([1, 6, 11, 16, 21])
        ax.grid(True)
        return Picture(
            fig, "On a log axis a straight line: 1 at layer 21, one hundredth at layer 11, 1e-4 at layer 1."
        )

    def solution():
        per_layer = 10 ** (-4 / 20)
        return 2 * per_layer**2


@quiz("causes", minutes=3)
class diagnose:
    """Diagnose a network.

    A network of 20 ReLU layers does not learn. Before training, its layers report: silent, 50 % everywhere; variance,
    halved from each layer to the next; gradient, 1000 times smaller at layer 1 than at layer 20. Which changes go to
    the root of it?
    """

    hint = "Which factor per layer turns 1 into 1/1000 over 20 layers? Which v gives it, and which gives 1?"
    why = r"""
    $0.5^{10} \approx 10^{-3}$: both gains are ½, so $v = 1$. He's weights double them. Normalisation also does, since
    it makes the size of the weights irrelevant.
    """
    options = {
        "a": (
            "Start with He's weights.",
            "Both gains are one half, which is ReLU with v = 1. Twice the variance brings them to 1.",
        ),
        "b": (
            "Replace ReLU because half of its units are silent.",
            "Half silent is ReLU's ordinary state with centred inputs. It is why v must be 2.",
        ),
        "c": (
            "Clip the gradient.",
            "Clipping limits a gradient that is too large, and multiplies all layers alike.",
        ),
        "d": (
            "Normalise each layer.",
            "Normalisation restores the variance in every layer, whatever the size of the weights.",
        ),
        "e": (
            "Use a learning rate that is 1000 times larger.",
            "That would suit layer 1 and be 1000 times too much for layer 20. The signal fades all the same.",
        ),
    }
    answer = "ad"


@quiz("one_way", minutes=2)
class one_sign:
    """Which units move all weights one way.

    One example, one step of gradient descent. All units of a hidden layer use the same activation function, and
    we look at the weights of a unit in the layer *after* it. With which functions do all of these weights that move
    at all move in the same direction?
    """

    hint = r"The gradient of the weights is $\delta\,a_i$. Which functions give only outputs of one sign?"
    why = r"""
    Sigmoid and softplus are positive, ReLU is never negative. tanh gives both signs, and so do ELU and GELU, if only
    down to −1 and −0.17.
    """
    options = {
        "a": ("sigmoid", "Its outputs lie between 0 and 1: all have one sign."),
        "b": ("tanh", "Its outputs have the sign of the pre-activation: both occur."),
        "c": ("ReLU", "Its outputs are 0 or positive: the weights that move at all move one way."),
        "d": ("ELU", "Its outputs reach down to −1: both signs occur."),
        "e": ("softplus", "Its outputs are positive for every input."),
        "f": ("GELU", "Its outputs reach down to −0.17: both signs occur."),
    }
    answer = "ace"


def gradients_and_limits():
    """Yield gradients, long and short and zero, and a limit for each."""
    rng = np.random.default_rng(5)
    yield rng.normal(size=(4, 3)).round(2), 1.0
    yield rng.normal(size=6).round(2) / 100, 1.0
    yield np.array([3.0, -4.0]), 2.5
    yield np.zeros(3), 1.0


@implement(
    "clip_norm",
    reference=lambda g, limit: g * (limit / max(limit, np.sqrt((g * g).sum()))),
    inputs=lambda: list(gradients_and_limits()),
    minutes=5,
)
class clip_by_norm:
    """Clip a gradient by its norm.

    If the Euclidean norm of the gradient `g` is above `limit`, shrink the gradient to that norm and keep its
    direction. A shorter one stays as it is, and a gradient of zeros is no reason to divide by 0.
    """

    hint = "Which factor turns the norm into the limit? When should the factor be 1 instead?"
    why = """
    One factor for all components keeps the direction. Dividing by the larger of norm and limit leaves short gradients
    alone and never divides by 0.
    """

    def solution(g, limit):
        norm = np.linalg.norm(g)
        return g * (limit / max(norm, limit))

    @mistake("This limits each component by itself, which changes the direction.")
    def wrong_each_component(g, limit):
        return np.clip(g, -limit, limit)

    @mistake("This also lengthens short gradients. They should stay as they are.")
    def wrong_always(g, limit):
        return g * (limit / max(np.linalg.norm(g), 1e-12))

    @says("NumPy warns: divide by zero")
    def wrong_divides_by_zero(g, limit):
        return g * min(1, limit / np.linalg.norm(g))

    @mistake("The direction is right; the norm becomes 1 and should become the limit.")
    def wrong_unit_norm(g, limit):
        norm = np.linalg.norm(g)
        return g / norm if norm > limit else g

    @mistake("This drops a long gradient altogether. It should be shortened.")
    def wrong_drops(g, limit):
        return g if np.linalg.norm(g) <= limit else np.zeros_like(g)

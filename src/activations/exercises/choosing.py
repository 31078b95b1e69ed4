"""Exercises of the choosing chapter."""

import numpy as np
from scipy import special

from activations import catalogue
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


@quiz("sigmoids", minutes=3)
class needs_sigmoid:
    """Which of these need a sigmoid.

    Five networks, five questions. Which of them need a sigmoid, or several, as their last activation
    function?
    """

    hint = "Ask of each: may the answer be any number? Do several answers exclude each other?"
    why = """
    A sigmoid turns one logit into one probability. That is what a yes-or-no question asks for, and what each
    label asks for where labels do not exclude each other.
    """
    options = {
        "a": ("Will this customer cancel within a month?", "This is a yes-or-no question: one probability."),
        "b": (
            "Which of 40 languages is this sentence written in?",
            "The languages exclude each other, so their shares should sum to 1: softmax.",
        ),
        "c": (
            "Which of 300 tags belong to this photograph?",
            "A photograph may have many tags, or none: each tag is a yes-or-no question of its own.",
        ),
        "d": (
            "How warm will it be tomorrow, in degrees Celsius?",
            "Any number may be the answer, below 0 as well as above 1: identity.",
        ),
        "e": (
            "How many minutes until the bus comes?",
            "The answer is positive and may exceed 1: softplus or the exponential.",
        ),
    }
    answer = "ac"


def between(z, low=0.0, high=1.0):
    """Return the bounded head by SciPy's sigmoid."""
    return low + (high - low) * special.expit(z)


@implement(
    "bounded",
    reference=between,
    params=[{"low": 1.0, "high": 5.0}, {"low": -20.0, "high": -5.0}],
    keeps_dtype=False,
    minutes=5,
)
class bounded_head:
    r"""An output between two bounds.

    A network predicts how many stars a film will get, from 1 to 5. Write the head that makes any
    pre-activation a number between `low` and `high`: a sigmoid, stretched and moved, so that $z = 0$ gives the
    middle. Inputs may be large: nothing should overflow.
    """

    hint = "The sigmoid runs from 0 to 1. By what do you multiply it, and what do you add?"
    why = r"""
    $\text{low} + (\text{high} - \text{low})\,\sigma(z)$ has a slope everywhere, so the head can learn from
    every example. The package's `sigmoid` does not overflow.
    """

    def solution(z, low=0.0, high=1.0):
        from activations import sigmoid

        return low + (high - low) * sigmoid(z)

    @mistake("This is tanh, which runs from -1 to 1: it leaves the bounds. Which function runs from 0 to 1?")
    def wrong_tanh(z, low=0.0, high=1.0):
        return low + (high - low) * np.tanh(z)

    @mistake(
        "Clipping keeps the bounds, but its slope outside of them is 0: an example there teaches nothing. "
        "Use a sigmoid."
    )
    def wrong_clip(z, low=0.0, high=1.0):
        return np.clip(z, low, high)

    @mistake("The width is missing: multiply by high - low, not by high.")
    def wrong_width(z, low=0.0, high=1.0):
        return low + high * special.expit(z)

    @says("does not depend on low and high")
    def wrong_ignores_bounds(z, low=0.0, high=1.0):
        return special.expit(z)

    @says("NumPy warns")
    def wrong_overflows(z, low=0.0, high=1.0):
        return low + (high - low) / (1 + np.exp(-z))


def label_logits():
    """Yield logits and labels, both (n, k): first plain ones, then large ones."""
    rng = np.random.default_rng(3)
    for n, k, scale in ((1, 3, 1), (4, 3, 2), (3, 5, 400)):
        yield (
            (scale * rng.normal(size=(n, k))).round(1),
            rng.integers(0, 2, size=(n, k)).astype(np.float64),
        )


def sum_of_losses(z, y):
    """Return the mean over the examples of the summed binary losses, by SciPy."""
    return -(special.log_expit(z) * y + special.log_expit(-z) * (1 - y)).sum(axis=1).mean()


@repair("labels_loss", reference=sum_of_losses, inputs=lambda: list(label_logits()), minutes=7)
class multi_label_loss:
    r"""Repair a loss for labels.

    Several labels may apply to an example, or none. You are given logits `z` and labels `y`, both of shape `(n,
    k)`, with 1 for each label that applies. Whoever wrote this loss had softmax in mind. Repair it: for each
    example the sum of $k$ yes-or-no losses, and then the mean over the examples. Logits may be large.
    """

    hint = r"""
    For one label the loss is $-\log\sigma(z)$ if it applies and $-\log\sigma(-z)$ if not. The package has
    `log_sigmoid`, which does not overflow.
    """
    why = r"""
    The loss of softmax says nothing of labels that do not apply, and cannot become small if two apply, since
    their shares compete. With a sigmoid each, every label has its own loss, whose gradient is
    $\sigma(z) - y$.
    """

    @mistake(
        "This is still the loss of softmax: the labels compete, and those that don't apply count for nothing."
    )
    def broken(z, y):
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p = p / p.sum(axis=1, keepdims=True)
        return -(y * np.log(p + 1e-12)).sum(axis=1).mean()

    def solution(z, y):
        from activations import log_sigmoid

        losses = -y * log_sigmoid(z) - (1 - y) * log_sigmoid(-z)
        return losses.sum(axis=1).mean()

    @mistake("Only the labels that apply are counted. A label that does not apply should cost -log σ(-z).")
    def wrong_forgets_no(z, y):
        return -(y * special.log_expit(z)).sum(axis=1).mean()

    @mistake("This is the mean over the labels as well. Sum over the labels, then average over the examples.")
    def wrong_mean(z, y):
        return sum_of_losses(z, y) / z.shape[1]

    @mistake("This is the sum over the examples. Sum over the labels, then average over the examples.")
    def wrong_sum(z, y):
        return sum_of_losses(z, y) * z.shape[0]

    @says("It returns shape (1,)")
    def wrong_not_averaged(z, y):
        return -(special.log_expit(z) * y + special.log_expit(-z) * (1 - y)).sum(axis=1)

    @says("gives nan where there is a value")
    def wrong_logarithm(z, y):
        with np.errstate(all="ignore"):
            p = 1 / (1 + np.exp(-z))
            return -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum(axis=1).mean()

    @says("The sign is wrong everywhere")
    def wrong_sign(z, y):
        return -sum_of_losses(z, y)


def heads():
    """Yield pre-activations and positive targets, both (n,): plain ones, then large ones."""
    rng = np.random.default_rng(5)
    for n, scale in ((1, 1), (5, 2), (4, 300)):
        yield (scale * rng.normal(size=n)).round(1), rng.uniform(0.1, 3, n).round(1)


def softplus_slope(z, t):
    """Return the gradient by SciPy."""
    return 2 * (np.logaddexp(z, 0) - t) * special.expit(z) / len(z)


@derivative("head_gradient", reference=softplus_slope, inputs=lambda: list(heads()), minutes=6)
class softplus_head:
    r"""Backwards through a positive output.

    A network predicts waiting times. Its output is $y_i = \operatorname{softplus}(z_i)$ and its loss the mean
    of $(y_i - t_i)^2$ over the $n$ examples. Given `z` and the targets `t`, both of shape `(n,)`, write the
    gradient of the loss with respect to `z`.
    """

    hint = r"""
    Chain rule: the derivative of the mean of squares with respect to $y_i$, times the slope of softplus at
    $z_i$. Which function is that slope?
    """
    why = r"""
    $\partial L/\partial y_i = 2(y_i - t_i)/n$, and softplus has the slope $\sigma(z_i)$. Both are never
    exactly 0 unless the answer is right, so unlike a ReLU this output cannot die.
    """

    def solution(z, t):
        from activations import sigmoid, softplus

        return 2 * (softplus(z) - t) * sigmoid(z) / len(z)

    @mistake("The slope of softplus is missing: multiply by the sigmoid of z.")
    def wrong_no_slope(z, t):
        return 2 * (np.logaddexp(z, 0) - t) / len(z)

    @mistake("This compares z with the target. The answer of the network is softplus(z).")
    def wrong_no_softplus(z, t):
        return 2 * (z - t) * special.expit(z) / len(z)

    @says("5 times what they should be")
    def wrong_sum(z, t):
        return softplus_slope(z, t) * len(z)

    @says("All values are 0.5 times what they should be")
    def wrong_half(z, t):
        return softplus_slope(z, t) / 2

    @mistake("This is the gradient for a ReLU output: 0 wherever z is negative.")
    def wrong_relu(z, t):
        return 2 * (np.maximum(z, 0) - t) * (z > 0) / len(z)

    @says("The sign is wrong everywhere")
    def wrong_sign(z, t):
        return -softplus_slope(z, t)


@predict("floor", tolerance=0.01, minutes=4)
class twice_softmax:
    r"""Predict where a loss stops.

    A classifier with 100 classes ends in a softmax, and its loss applies another one to the result. The loss
    is $-\log$ of the share of the right class after the second. The network learns to give the right class a
    first share of 1 and the others 0. At which value does the loss stop? Predict it to two decimals.
    """

    hint = r"The second softmax receives the numbers 1, 0, 0, …, 0. Which share does it give to the 1?"
    why = r"""
    The share is $e/(e + 99)$, so the loss is $\log(1 + 99/e) = 3.62$. A classifier that knows nothing has
    $\log 100 = 4.61$: of the whole way down, most is out of reach.
    """
    wrong = {
        0.0: "So it would be with one softmax. The second cannot give the whole share to an input of 1.",
        4.605: "That is log 100, the loss of equal shares. The right class has a little more than that.",
        1.4612: "That is the value for 10 classes. Here 99 others have the logit 0.",
        0.0267: "That is the share. The loss is minus its logarithm.",
    }
    after = """
        logits = np.zeros(100)
        logits[7] = 1
        p = softmax(logits)
        Folded("Computed", f"Share {p[7]:.4f}, loss {-np.log(p[7]):.3f}.")
    """

    def solution():
        return np.log(1 + 99 / np.e)


@tune(
    "bias",
    target=0.02,
    tolerance=0.0002,
    goal="mean probability of a yes before training",
    legal=(-20.0, 20.0),
)
class rare_yes:
    r"""Tune a bias to a rare yes.

    Two patients in a hundred have the disease that a network looks for. With a bias of 0 its sigmoid output
    starts at 0.5 for everybody, and the first epochs are spent on learning that *yes* is rare. Which bias of
    the output makes the mean probability 0.02 from the start? The weights are small: the weighted sum has
    the standard deviation 0.1, and the check averages over it.
    """

    hint = (
        r"Neglect the small weights. For which $z$ is $\sigma(z) = 0.02$? What is the inverse of the sigmoid?"
    )
    why = r"""
    The inverse of the sigmoid is the log-odds: $\log(0.02/0.98) = -3.89$. Detectors of rare objects start
    their outputs in this way.
    """
    wrong = {
        0.0: "That gives everybody 0.5.",
        3.8918: "The size is right. This makes a yes likely, not rare.",
        -3.912: "Close: that is log 0.02. The odds are 0.02 to 0.98.",
        0.02: "A bias is added to a logit; it is not a probability.",
    }

    def measure(bias):
        z = np.linspace(-0.5, 0.5, 1001)
        return np.average(special.expit(bias + z), weights=np.exp(-((z / 0.1) ** 2) / 2))

    def solution():
        return np.log(0.02 / 0.98)


@picture("number", tolerance=0.1, minutes=3)
class read_record:
    """Which curve is it.

    One of these four functions is never negative, has no kink, and never has a slope of exactly 0. Which of
    the numbers stands beside it?
    """

    hint = "Go through the three conditions one by one. How many curves does each leave?"
    why = """
    It is softplus. ReLU (1) has a kink and a flat side, ELU (2) goes below 0, the hard sigmoid (4) has two
    kinks and two flat sides.
    """
    wrong = {
        1.0: "Curve 1 is flat on the left, and has a kink at 0.",
        2.0: "Curve 2 goes below 0 on the left.",
        4.0: "Curve 4 is flat on both sides, with a kink where it gets there.",
    }

    def show():
        from activations.plotting import Picture, figure, palette

        fig = figure(6, 4.2)
        x = np.linspace(-4, 4, 161)
        panels = fig.subplots(2, 2, sharex=True, sharey=True).flat
        for number, (ax, name) in enumerate(
            zip(panels, ("relu", "elu", "softplus", "hard_sigmoid"), strict=True), 1
        ):
            ax.plot(x, catalogue[name](x), color=palette["blue"])
            ax.set(title=str(number), xlim=(-4, 4), ylim=(-1.3, 4.2))
            ax.grid(True)
        return Picture(
            fig,
            "Four curves. 1 is 0 up to x = 0, then a straight line. 2 runs along -1 on the left, then joins that line. "
            "3 rises from just above 0 in one smooth sweep. 4 is 0 up to x = -3, a straight line up to x = 3, "
            "and 1 from there.",
        )

    def solution():
        return 3


@predict("more_work", tolerance=0.001, minutes=4)
class share_of_cost:
    r"""Predict what an activation costs.

    A layer has 500 inputs. For each output it takes 500 multiplications and 500 additions, and then the
    activation function: 1 operation for ReLU, 26 for a smooth one. By which share does the work of the whole
    layer grow with the smooth one? Predict it to three decimals, as a number such as 0.123.
    """

    hint = "Work per output with the one, and with the other. What is their ratio, minus 1?"
    why = r"""
    $(1000 + 26)/(1000 + 1) - 1 = 0.025$: two and a half per cent, for a function 26 times as costly. With
    10 inputs instead of 500 it would more than double.
    """
    wrong = {
        25.0: "That compares the two functions alone. The sum over 500 inputs has to be computed with either.",
        0.05: "Each input costs a multiplication and an addition: 1000 operations, not 500.",
        1.025: "That is the ratio. By which share does the work grow?",
        0.026: "Close: the layer with ReLU has an activation function, too. Divide by 1001 and subtract 1.",
    }

    def solution():
        return (1000 + 26) / (1000 + 1) - 1


@quiz("suspect", minutes=3)
class what_to_change:
    """What to change first.

    A network with two hidden ReLU layers estimates prices of houses from their features and ends in a ReLU. Of
    five seeds, four learn well; the fifth answers 0 for every house, from the first epoch to the last. What do
    you change?
    """

    hint = "Which unit has to be silent so that *all* answers are 0?"
    why = """
    The one output unit is dead: its pre-activation is negative for every house, its slope is 0, and no gradient
    reaches any weight. Softplus and the exponential are positive and always have a slope.
    """
    options = {
        "a": (
            "The hidden layers, from ReLU to GELU.",
            "Hidden units are many, and four seeds learn well. All answers are 0 because of one unit.",
        ),
        "b": (
            "The learning rate, tenfold.",
            "A gradient of exactly 0 stays 0 whatever it is multiplied by.",
        ),
        "c": (
            "The number of epochs, tenfold.",
            "No gradient reaches any weight, so nothing changes in ten times as many epochs either.",
        ),
        "d": ("The output, from ReLU to softplus.", ""),
        "e": (
            "The output, from ReLU to tanh.",
            "That output has a slope, but it can be negative and never exceeds 1. Prices do.",
        ),
    }
    answer = "d"

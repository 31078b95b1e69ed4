"""Exercises of the softmax chapter."""

import numpy as np
from scipy import special

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
from activations.softmax import log_softmax, softmax

__all__ = []  # nothing to import by name: the registry collects the exercises, in this order


def logits():
    """Yield one array of logits at a time, always the same: plain ones first, then several slices, then large."""
    rng = np.random.default_rng(0)
    yield (np.array([2.0, 1.0, -1.0]),)
    for shape in ((4,), (2, 3), (3, 2), (2, 1, 3)):
        yield (rng.normal(size=shape).round(1),)
    yield (np.array([[1000.0, 999.0], [-1000.0, -1001.0]]),)
    yield (np.array([[1000.0, -1000.0, -999.0, -1000.0]]),)


def softmax_along(axis, x):
    """Return the softmax by SciPy, which shares no code with ours."""
    return special.softmax(x, axis=axis)


@implement("my_softmax", reference=lambda x: softmax_along(-1, x), inputs=lambda: list(logits()), minutes=5)
class softmax_rows:
    r"""Softmax along the last axis.

    Write $\operatorname{softmax}(x)_i = e^{x_i} / \sum_j e^{x_j}$ along the last axis of an array of any
    shape. Logits may be as large as 1000 or as small as −1000. The array you are given stays as it is.
    """

    hint = """
    Which number can you take away from all logits of a slice without changing the answer, so that no power
    overflows and not all become 0? `keepdims=True` keeps the shape that broadcasting needs.
    """
    why = """
    After the shift the largest logit is 0, so its power is 1 and the sum is at least 1. The maximum is
    taken for each slice: one slice may be large where another is small.
    """

    def solution(x):
        powers = np.exp(x - x.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)

    @says("It gives nan where there is a value")
    def wrong_no_shift(x):
        powers = np.exp(x)
        return powers / powers.sum(axis=-1, keepdims=True)

    @mistake("The whole array sums to 1. Each slice along the last axis should.")
    def wrong_whole_array(x):
        powers = np.exp(x - x.max())
        return powers / powers.sum()

    @mistake("It sums along the first axis; the last is asked.")
    def wrong_first_axis(x):
        powers = np.exp(x - x.max(axis=0))
        return powers / powers.sum(axis=0)

    @mistake("These are the powers. Divide them by their sum.")
    def wrong_not_divided(x):
        return np.exp(x - x.max(axis=-1, keepdims=True))

    @says("It gives nan where there is a value")
    def wrong_shared_maximum(x):
        powers = np.exp(x - x.max())
        return powers / powers.sum(axis=-1, keepdims=True)

    @mistake(
        "Clipping makes large logits equal. The answer depends on their difference, which a shift keeps."
    )
    def wrong_clipped(x):
        powers = np.exp(np.clip(x, -500, 500))
        return powers / powers.sum(axis=-1, keepdims=True)

    @says("It gives nan where there is a value")
    def wrong_shift_by_mean(x):
        powers = np.exp(x - x.mean(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)

    @mistake("This divides the logits themselves. Make them positive first, with the exponential.")
    def wrong_no_exponential(x):
        total = x.sum(axis=-1, keepdims=True)
        return x / np.where(total == 0, 1, total)

    @says("It raises ValueError")
    def wrong_no_keepdims(x):
        powers = np.exp(x - x.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1)

    @says("It changes its input")
    def wrong_in_place(x):
        x -= x.max(axis=-1, keepdims=True)
        powers = np.exp(x)
        return powers / powers.sum(axis=-1, keepdims=True)


@predict("total", tolerance=1e-6, minutes=2)
class softmax_total:
    """Predict a sum.

    An array of shape `(2, 5, 3)` goes through `softmax(x, axis=1)`. What do all numbers of the result sum
    to?
    """

    hint = "How many slices run along axis 1? Each of them sums to 1."
    why = "There is one slice along axis 1 for each of the 2 · 3 positions on the other two axes."
    wrong = {
        1: "One slice sums to 1. How many slices are there?",
        5: "That is the length of a slice. Count the slices.",
        10: "That would be right along the last axis, axis 2.",
        15: "That would be right along axis 0.",
        30: "That is how many numbers there are.",
    }
    after = """
        x = np.random.default_rng(0).normal(size=(2, 5, 3))
        Folded("Counted", f"The sum is {softmax(x, axis=1).sum():.4f}.")
    """

    def solution():
        return 2 * 3


@picture("gap", tolerance=0.1, minutes=3)
class logit_gap:
    """Read a difference of logits off its picture.

    A softmax at temperature 1 gave these two shares. By how much is the logit of A larger than that of B?
    """

    hint = r"""
    $p_A / p_B = e^{x_A - x_B}$. Read both shares and solve for the difference.
    """
    why = r"The shares are 0.8 and 0.2, so $e^{x_A - x_B} = 4$ and the difference is $\log 4 \approx 1.39$."
    wrong = {
        0.6: "That is the difference of the shares. The logits are their logarithms, up to a shift.",
        4: "That is the ratio of the shares. It is e to the power of the difference.",
        -1.386: "The size is right. A has the larger share, so its logit is the larger one.",
        2.0: "That is the logarithm to base 2. The natural one is asked.",
        -0.223: "That is log p of A: its logit only if the shift is chosen so that the powers sum to 1.",
    }

    def show():
        from activations.plotting import Picture, figure, palette

        fig = figure(4, 3)
        ax = fig.subplots()
        ax.bar([0, 1], [0.8, 0.2], width=0.5, color=palette["blue"])
        ax.set(ylim=(0, 1), xlim=(-0.6, 1.6), xticks=[0, 1], yticks=np.arange(0, 1.01, 0.1), ylabel="share")
        ax.set_xticklabels(["A", "B"])
        return Picture(fig, "Two bars: A reaches 0.8, B reaches 0.2.")

    def solution():
        return np.log(0.8 / 0.2)


def slices():
    """Yield vectors, the last ones large in size."""
    for x in ([1.0, 2.0, 4.0], [0.5, -0.5], [-1.5, 0.0, 0.5, 2.0], [1000.0, 999.0], [-1000.0, -998.0]):
        yield (np.array(x),)


@repair("lse", reference=special.logsumexp, inputs=lambda: list(slices()), minutes=4)
class stable_logsumexp:
    r"""Repair a log-sum-exp.

    This function returns $\log \sum_j e^{x_j}$ of a vector. It is right for small numbers. For
    $(1000, 999)$ it overflows, for $(-1000, -998)$ it says $-\infty$. Repair it.
    """

    hint = r"""
    Write $m$ for the largest entry. $\sum_j e^{x_j} = e^m \sum_j e^{x_j - m}$. What is the logarithm of
    the right side?
    """
    why = r"""
    $\log \sum_j e^{x_j} = m + \log \sum_j e^{x_j - m}$. Unlike in softmax, the shift does not cancel here:
    it has to be added back.
    """

    @says("The values are wrong")
    def broken(x):
        return np.log(np.exp(x).sum())

    def solution(x):
        m = x.max()
        return m + np.log(np.exp(x - m).sum())

    @mistake("The shift was not added back. It cancels in softmax; here it does not.")
    def wrong_not_added_back(x):
        return np.log(np.exp(x - x.max()).sum())

    @mistake("The shift was taken away twice. It has to be added back.")
    def wrong_taken_twice(x):
        return np.log(np.exp(x - x.max()).sum()) - x.max()

    @mistake("Clipping changes the entries. Shift them by the largest, and add it back.")
    def wrong_clipped(x):
        return np.log(np.exp(np.clip(x, -700, 700)).sum())

    @mistake("This is the maximum itself. The other entries add something to it.")
    def wrong_maximum(x):
        return x.max()

    @mistake("This is the logarithm of the mean of the powers; it lies log n too low.")
    def wrong_mean(x):
        m = x.max()
        return m + np.log(np.exp(x - m).mean())

    @mistake("The sum of the logarithms is not the logarithm of the sum: this adds up the entries.")
    def wrong_sum_of_logs(x):
        return x.sum()

    @says("It returns shape (3,); a single number is asked")
    def wrong_log_softmax(x):
        m = x.max()
        return x - m - np.log(np.exp(x - m).sum())


def examples():
    """Yield logits (n, classes) and labels (n,), small ones first."""
    rng = np.random.default_rng(2)
    for n, classes in ((3, 3), (1, 4), (5, 2)):
        yield rng.normal(scale=2, size=(n, classes)).round(1), rng.integers(classes, size=n)
    yield np.array([[800.0, 0.0], [0.0, -900.0]]), np.array([1, 0])


def mean_nll(x, labels):
    """Return the loss, by SciPy."""
    return -np.mean(np.take_along_axis(special.log_softmax(x, axis=1), labels[:, None], axis=1))


def probability_error(x, labels):
    """Return p − y of a batch, by SciPy."""
    return special.softmax(x, axis=1) - np.eye(x.shape[1])[labels]


@implement("cross_entropy", reference=mean_nll, inputs=lambda: list(examples()), minutes=6)
class classifier_loss:
    r"""The loss of a classifier.

    You are given logits `x` of shape `(n, classes)` and integer `labels` of shape `(n,)`. Write the mean of
    $-\log p_t$ over the examples, where $t$ is the label of each. It must survive an example whose right
    class is 800 behind. You may call `log_softmax` or `softmax` of this package.
    """

    hint = """
    `log_softmax(x)` has the shape of `x`. To take one entry from each row, index with two arrays:
    `np.arange(n)` and the labels.
    """
    why = """
    The pair of index arrays picks entry `labels[i]` of row `i`. Log-softmax keeps −800 as it is; the
    logarithm of a softmax that has become 0 would be −∞.
    """

    def solution(x, labels):
        from activations import log_softmax

        return -log_softmax(x)[np.arange(len(x)), labels].mean()

    @says("your value: inf")
    def wrong_log_of_softmax(x, labels):
        return -np.log(special.softmax(x, axis=1))[np.arange(len(x)), labels].mean()

    @says("The sign is wrong")
    def wrong_sign(x, labels):
        return log_softmax(x)[np.arange(len(x)), labels].mean()

    @mistake("This is the sum over the examples; the mean is asked.")
    def wrong_sum(x, labels):
        return -log_softmax(x)[np.arange(len(x)), labels].sum()

    @mistake("This picks the columns in every row: x[:, labels]. One entry of each row is asked.")
    def wrong_all_columns(x, labels):
        return -log_softmax(x)[:, labels].mean()

    @mistake("This averages over all classes. Only the right one counts.")
    def wrong_all_classes(x, labels):
        return -log_softmax(x).mean()

    @mistake("A small number inside the logarithm caps the loss: an example 800 behind must cost 800.")
    def wrong_capped(x, labels):
        return -np.log(special.softmax(x, axis=1)[np.arange(len(x)), labels] + 1e-12).mean()

    @mistake("The mean runs over n · classes entries, most of which are 0. Divide by n.")
    def wrong_mean_of_one_hot(x, labels):
        return -(np.eye(x.shape[1])[labels] * log_softmax(x)).mean()

    @mistake("This normalises over the examples. The classes of each example, axis 1, belong together.")
    def wrong_axis(x, labels):
        return -log_softmax(x, axis=0)[np.arange(len(x)), labels].mean()

    @mistake("This takes the likeliest class of each example, right or not. Take its label.")
    def wrong_likeliest(x, labels):
        return -log_softmax(x).max(axis=1).mean()

    @mistake("This takes softmax for the logits: the normalisation is done twice.")
    def wrong_twice(x, labels):
        return -log_softmax(softmax(x))[np.arange(len(x)), labels].mean()

    @says("It returns shape (3,); a single number is asked")
    def wrong_each(x, labels):
        return -log_softmax(x)[np.arange(len(x)), labels]


@derivative(
    "logit_gradient",
    reference=lambda x, labels: probability_error(x, labels) / len(x),
    inputs=lambda: list(examples()),
    minutes=5,
)
class loss_gradient:
    """The gradient of that loss.

    Write the gradient of the mean loss of the last exercise with respect to the logits `x`. It has the
    shape `(n, classes)`. You may call `softmax`.
    """

    hint = """
    For one example it is p − y. Which entry of each row differs from p? And what does the mean over n
    examples do to each?
    """
    why = """
    Each example contributes p − y to its own row, and the mean divides by n. `np.eye(classes)[labels]`
    makes the rows of y; subtracting 1 at the labels does the same.
    """

    def solution(x, labels):
        from activations import softmax

        y = np.eye(x.shape[1])[labels]
        return (softmax(x) - y) / len(x)

    @says("The sign is wrong everywhere")
    def wrong_sign(x, labels):
        return -probability_error(x, labels) / len(x)

    @says("All values are 3 times what they should be")
    def wrong_not_mean(x, labels):
        return probability_error(x, labels)

    @mistake("The labels are numbers of classes. y is 1 at the label of each row and 0 elsewhere.")
    def wrong_labels_as_numbers(x, labels):
        return (special.softmax(x, axis=1) - labels[:, None]) / len(x)

    @mistake("These are the logits minus y. Turn them into probabilities first.")
    def wrong_logits(x, labels):
        return (x - np.eye(x.shape[1])[labels]) / len(x)

    @mistake("This is softmax over n. The right class lacks its 1: p − y.")
    def wrong_forgets_y(x, labels):
        return special.softmax(x, axis=1) / len(x)

    @mistake("This is the gradient of −log p with respect to p. Take it through softmax to the logits.")
    def wrong_with_respect_to_p(x, labels):
        with np.errstate(divide="ignore"):
            return -np.eye(x.shape[1])[labels] / special.softmax(x, axis=1) / len(x)

    @mistake(
        "This is p − y through the Jacobian of softmax, as for squared error. In p − y it has cancelled."
    )
    def wrong_squared_error(x, labels):
        return softmax.vjp(x, probability_error(x, labels)) / len(x)


def pulled_back():
    """Yield logits and the gradient with respect to their softmax, both (n, classes)."""
    rng = np.random.default_rng(3)
    for shape in (
        (2, 3),
        (1, 3),
        (3, 4),
        (4, 2),
    ):  # two rows first: with one, sums along both axes look alike
        yield rng.normal(size=shape).round(1), rng.normal(size=shape).round(1)


def through_jacobian(x, g):
    """Return the product of each row's Jacobian with its gradient, matrices and all."""
    rows = [(np.diag(p) - np.outer(p, p)) @ row for p, row in zip(special.softmax(x, axis=1), g, strict=True)]
    return np.array(rows)


@derivative("softmax_vjp", reference=through_jacobian, inputs=lambda: list(pulled_back()), minutes=6)
class softmax_backward:
    r"""Softmax in a backward pass.

    In attention, softmax stands in the middle of a network, and no loss cancels its Jacobian. You are given
    logits `x` and `g`, the gradient of the loss with respect to $p = \operatorname{softmax}(x)$, both of
    shape `(n, classes)`. Write the gradient with respect to `x`, without storing a matrix for each row. You
    may call `softmax`.
    """

    hint = r"""
    $\partial p_i / \partial x_j = p_i(\delta_{ij} - p_j)$. Multiply by $g_i$ and sum over $i$: one term has
    the $\delta$, the other has a sum that is the same for all $j$.
    """
    why = r"""
    $\sum_i g_i\,p_i(\delta_{ij} - p_j) = p_j\,(g_j - \sum_i p_i g_i)$: each gradient counts by how far it
    lies above the average, weighted by the shares.
    """

    def solution(x, g):
        from activations import softmax

        p = softmax(x)
        return p * (g - (p * g).sum(axis=1, keepdims=True))

    @mistake(
        "This takes only the diagonal of the Jacobian, p (1 − p). Each logit moves the other shares too."
    )
    def wrong_diagonal(x, g):
        p = special.softmax(x, axis=1)
        return g * p * (1 - p)

    @mistake("This is p · g. Raising one logit takes from the other shares: a term is missing.")
    def wrong_no_mean(x, g):
        return special.softmax(x, axis=1) * g

    @mistake("The average of g has to be weighted by the shares p.")
    def wrong_plain_mean(x, g):
        return special.softmax(x, axis=1) * (g - g.mean(axis=1, keepdims=True))

    @mistake("The sum runs over the classes of each row, axis 1. This one runs over the examples.")
    def wrong_sum_over_examples(x, g):
        p = special.softmax(x, axis=1)
        return p * (g - (p * g).sum(axis=0))

    @mistake("The average of g is multiplied by p as well: p stands outside the bracket.")
    def wrong_bracket(x, g):
        p = special.softmax(x, axis=1)
        return p * g - (p * g).sum(axis=1, keepdims=True)

    @mistake("The sum runs over the classes of each row, not over the whole batch.")
    def wrong_sum_over_batch(x, g):
        p = special.softmax(x, axis=1)
        return p * (g - (p * g).sum())

    @says("The sign is wrong everywhere")
    def wrong_sign(x, g):
        return -through_jacobian(x, g)


@tune(
    "temperature",
    target=0.75,
    tolerance=0.005,
    goal="share of the first class",
    legal=(0.01, 100.0),
    minutes=4,
)
class tune_temperature:
    """Choose a temperature.

    Two logits are 3 and 0. At temperature 1 the first class gets 0.95, which your measurements say is too
    much: it is right three times in four. Which temperature gives it the share 0.75?
    """

    hint = r"With two classes, the odds are $p/(1 - p) = e^{(x_1 - x_2)/T}$. Which odds are asked?"
    why = r"The odds are 3 to 1, so $3/T = \log 3$ and $T = 3 / \log 3 \approx 2.73$. It leaves the order alone."
    wrong = {
        0.3662: "That is log 3 / 3, the factor for the logits. The temperature divides them.",
        1.333: "That is 1 / 0.75. The share depends on T through an exponential.",
        4.0: "Close, but too hot: the odds asked are 3 to 1, and e to the power 3/4 is only 2.1.",
        3.0: "Close: this makes the odds e to 1. They should be 3 to 1.",
    }

    def measure(temperature):
        return softmax([3.0, 0.0], temperature=temperature)[0]

    def solution():
        return 3 / np.log(3)


@quiz("head", minutes=2)
class output_layer:
    """Choose an output layer.

    A network looks at a chest X-ray and shall report which of 14 findings are present. A patient may have
    none of them, or several. Which output layer and loss suit that?
    """

    hint = "Do the answers exclude each other? Must at least one of them be given?"
    why = """
    The findings do not exclude each other, so each is a yes-or-no question: a sigmoid and a binary
    cross-entropy for each. Their sum may be anything from 0 to 14.
    """
    options = {
        "a": (
            "14 outputs with softmax, cross-entropy.",
            "Softmax makes the findings compete: two of them can't both be likely, and *none* can't be said.",
        ),
        "b": ("14 outputs with a sigmoid each, the sum of 14 binary cross-entropies.", ""),
        "c": (
            "15 outputs with softmax, the last for *none*.",
            "Now *none* can be said. Two findings at once still can't.",
        ),
        "d": (
            "14 outputs with hardmax, the number of errors.",
            "Neither passes a gradient, so nothing could be learned; and only one finding could be reported.",
        ),
    }
    answer = "b"


def vectors():
    """Yield vectors for sparsemax: supports of two, one, three and all entries; not sorted."""
    for x in ([0.8, 1.2, -0.5], [0.0, 3.0, 1.0], [0.1, 0.3, -2.0, 0.2], [0.1, 0.0, 0.2], [-5.0, -5.4]):
        yield (np.array(x),)


def simplex_projection(x):
    """Return the nearest probability vector, its threshold found by bisection."""
    low, high = x.min() - 1.0, x.max()
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(x - middle, 0).sum() > 1 else (low, middle)
    return np.maximum(x - low, 0)


@implement("my_sparsemax", reference=simplex_projection, inputs=lambda: list(vectors()), minutes=8)
class sparsemax_vector:
    r"""Sparsemax of a vector.

    Write $\operatorname{sparsemax}(x)_i = \max(x_i - \tau, 0)$ for a vector, with the one threshold $\tau$
    for which the outputs sum to 1. The entries are in any order, and so are the outputs.
    """

    hint = r"""
    Sort the entries, the largest first. The $k$ largest are kept as long as $1 + k\,x_{(k)}$ is larger than
    their sum. Then $\tau$ follows from the sum of those kept.
    """
    why = r"""
    If the $k$ largest are kept, $\sum (x_j - \tau) = 1$ gives $\tau = (\sum x_j - 1)/k$. An entry belongs to
    them if it lies above the $\tau$ that it would cause, which is the condition in the hint.
    """

    def solution(x):
        largest_first = np.sort(x)[::-1]
        sums = np.cumsum(largest_first)
        counts = np.arange(1, len(x) + 1)
        k = np.count_nonzero(1 + counts * largest_first > sums)
        threshold = (sums[k - 1] - 1) / k
        return np.maximum(x - threshold, 0)

    @mistake(
        "Cutting off the negative entries and dividing by the sum is no projection: subtract a threshold."
    )
    def wrong_divides(x):
        cut = np.maximum(x, 0)
        return cut / max(cut.sum(), 1e-12)

    @mistake("This is softmax. Sparsemax gives exact zeros.")
    def wrong_softmax(x):
        return special.softmax(x)

    @mistake("This is hardmax. Sparsemax shares between entries that lie close together.")
    def wrong_hardmax(x):
        return np.eye(len(x))[np.argmax(x)]

    @mistake("The threshold counts entries that are then cut off, so the outputs sum to more than 1.")
    def wrong_all_kept(x):
        return np.maximum(x - (x.sum() - 1) / len(x), 0)

    @mistake("Cutting off the negative entries is the last step. The threshold comes off first.")
    def wrong_only_cut(x):
        return np.maximum(x, 0)

    @mistake("The outputs sum to 0, not to 1: the − 1 is missing in the threshold.")
    def wrong_no_one(x):
        largest_first = np.sort(x)[::-1]
        sums = np.cumsum(largest_first)
        k = np.count_nonzero(1 + np.arange(1, len(x) + 1) * largest_first > sums)
        return np.maximum(x - sums[k - 1] / k, 0)

    @mistake("The outputs come in sorted order. They should stay where their inputs are.")
    def wrong_sorted(x):
        return np.sort(simplex_projection(x))[::-1]

"""Exercises of the training chapter."""

import numpy as np
from scipy import stats

from activations.exercises.record import (
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


def pairs():
    """Yield accuracies of two functions in the same repeats, always the same."""
    rng = np.random.default_rng(3)
    for repeats in (5, 10):
        split = rng.normal(0.96, 0.01, repeats)
        yield (
            (split + rng.normal(0, 0.003, repeats)).round(3),
            (split + rng.normal(0, 0.003, repeats)).round(3),
        )


def reference_interval(a, b):
    """Return the interval from SciPy's paired t-test."""
    found = stats.ttest_rel(a, b).confidence_interval(0.95)
    return np.array([found.low, found.high])


def half_width(d):
    return stats.t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / np.sqrt(len(d))


@implement("paired_interval", reference=reference_interval, inputs=lambda: list(pairs()), minutes=6)
class paired:
    r"""A paired interval.

    Two functions were raced in the same repeats: `a[i]` and `b[i]` are their test accuracies with the same split,
    start and order. Return the 95 % confidence interval of the mean of $a - b$ as an array of two numbers, lower end
    first: $\bar d \mp t\, s/\sqrt n$, with $s$ the standard deviation of the differences and $t$ the 97.5 % point of
    Student's distribution with $n - 1$ degrees of freedom. `scipy.stats.t.ppf` knows it.
    """

    hint = """
    Subtract first. From then on there is one list of numbers, and everything is computed from that. NumPy divides by
    $n$ in a standard deviation unless it is told `ddof=1`.
    """
    why = r"""
    The difference within a repeat is free of what the repeat does to both: an easy split raises $a$ and $b$ alike.
    """

    def solution(a, b):
        from scipy import stats

        d = a - b
        n = len(d)
        half = stats.t.ppf(0.975, n - 1) * d.std(ddof=1) / np.sqrt(n)
        return np.array([d.mean() - half, d.mean() + half])

    @mistake("This divides by n in the standard deviation. From a sample it is n − 1: ddof=1.")
    def wrong_divisor(a, b):
        d = a - b
        half = stats.t.ppf(0.975, len(d) - 1) * d.std() / np.sqrt(len(d))
        return np.array([d.mean() - half, d.mean() + half])

    @mistake("This is how far single differences scatter. The mean of n of them scatters less, by √n.")
    def wrong_of_one(a, b):
        d = a - b
        half = stats.t.ppf(0.975, len(d) - 1) * d.std(ddof=1)
        return np.array([d.mean() - half, d.mean() + half])

    @mistake("1.96 is right for many repeats. With few, s is itself uncertain: Student's t is larger.")
    def wrong_normal(a, b):
        d = a - b
        half = stats.norm.ppf(0.975) * d.std(ddof=1) / np.sqrt(len(d))
        return np.array([d.mean() - half, d.mean() + half])

    @mistake("This treats the two as strangers. Take the difference in each repeat, then its deviation.")
    def wrong_unpaired(a, b):
        spread = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / len(a))
        half = stats.t.ppf(0.975, len(a) - 1) * spread
        return np.array([(a - b).mean() - half, (a - b).mean() + half])

    @mistake("The 95 % point leaves 5 % on each side, 10 % in all. The 97.5 % point is asked.")
    def wrong_one_sided(a, b):
        d = a - b
        half = stats.t.ppf(0.95, len(d) - 1) * d.std(ddof=1) / np.sqrt(len(d))
        return np.array([d.mean() - half, d.mean() + half])

    @mistake("This is the interval of b − a. The mean of a − b is asked.")
    def wrong_direction(a, b):
        d = b - a
        return np.array([d.mean() - half_width(d), d.mean() + half_width(d)])


@predict("factor", tolerance=0.01, minutes=4)
class shrinking:
    r"""Predict what more seeds buy.

    Five seeds gave a 95 % interval. You run twenty in all, and the standard deviation $s$ of the differences stays as
    it was. By which factor does the interval's width change? (Half as wide is 0.5.) Student's $t$ is 2.776 for 5
    repeats and 2.093 for 20.
    """

    hint = r"The half-width is $t\,s/\sqrt n$. Two of the three change."
    why = r"""
    $\frac{2.093}{2.776} \cdot \sqrt{\frac{5}{20}} = 0.38$. The root gives one half; the rest is gained because $s$ is
    known better. From 20 to 80 there is little left of that second gain.
    """
    wrong = {
        0.5: "That is the root of 5/20. With more seeds s is known better too, so t shrinks.",
        0.25: "That is 5/20. The width goes with one over the square root of the number.",
        0.754: "That is the ratio of the two t. The root of n changes as well.",
        0.188: "That is 5/20 times the ratio of the two t. Take the root of 5/20.",
    }
    after = """
        from scipy import stats

        draws = np.random.default_rng(0).normal(size=(20_000, 20))
        widths = []
        for n in (5, 20):
            spread = draws[:, :n].std(axis=1, ddof=1)
            widths.append(np.mean(stats.t.ppf(0.975, n - 1) * spread / np.sqrt(n)))
        Folded("Measured", f"Over many draws: {widths[1] / widths[0]:.1f}.")
    """

    def solution():
        return 2.093 / 2.776 * (5 / 20) ** 0.5


def choices():
    """Yield validation and test accuracies of shape (rates, seeds), always the same."""
    rng = np.random.default_rng(1)
    for rates, seeds in ((3, 5), (4, 2)):
        yield rng.uniform(0.9, 0.99, (rates, seeds)).round(3), rng.uniform(0.9, 0.99, (rates, seeds)).round(3)


def chosen_in_a_loop(validation, test):
    """Return the score by going through the rates one by one."""
    best, score = -np.inf, None
    for seen, kept in zip(validation.tolist(), test.tolist(), strict=True):
        if sum(seen) / len(seen) > best:
            best, score = sum(seen) / len(seen), sum(kept) / len(kept)
    return np.float64(score)


@repair("tuned_score", reference=chosen_in_a_loop, inputs=lambda: list(choices()), minutes=4)
class honest_choice:
    """Repair a choice made on the test set.

    A function was trained with several learning rates and seeds: `validation` and `test` hold accuracies of shape
    `(rates, seeds)`. The code below returns the best mean accuracy on the test set. That number is too good: the test
    set helped to choose. Choose the rate by its mean *validation* accuracy over the seeds, then report the mean test
    accuracy at that rate.
    """

    hint = "`argmax` gives the place of the largest mean. Find it in one array, use it in the other."
    why = """
    The best of several noisy numbers is too large on average, and the more one tries, the more so. The test set can
    only judge what was chosen without it.
    """

    @mistake("This chooses the rate on the test set, so the number it reports is too good.")
    def broken(validation, test):
        return test.mean(axis=1).max()

    def solution(validation, test):
        best = validation.mean(axis=1).argmax()
        return test[best].mean()

    @mistake(
        "This reports the validation accuracy, which was used to choose. Report the test accuracy there."
    )
    def wrong_reports_validation(validation, test):
        return validation.mean(axis=1).max()

    @mistake("This takes the best seed as well. A seed is not something to choose: average over all.")
    def wrong_best_seed(validation, test):
        rate, seed = np.unravel_index(validation.argmax(), validation.shape)
        return test[rate, seed]

    @mistake(
        "This chooses another rate for each seed. The rate belongs to the method: choose one for all seeds."
    )
    def wrong_rate_per_seed(validation, test):
        best = validation.argmax(axis=0)
        return test[best, np.arange(test.shape[1])].mean()

    @mistake("This averages over the rates. First over the seeds (axis 1), then choose among the rates.")
    def wrong_axis(validation, test):
        return test[:, validation.mean(axis=0).argmax()].mean()


@quiz("confounds")
class confounds:
    """What else was different.

    A post reports: *“SELU reached 92.0 %, ReLU 90.8 %. We started SELU with LeCun's initialisation, as its authors
    recommend, and ReLU with the framework's default. Both ran once, with the same learning rate.”* Which of these could
    explain the gap without any merit of SELU? Choose all that apply.
    """

    hint = "What would have to stay the same for the activation function to be the only difference?"
    why = """
    The start differs between the two, the luck of one seed is as large as many gaps, and one learning rate may suit one
    function by chance. A test set of another size changes how sure one is, and not in whose favour.
    """
    options = {
        "a": (
            "The default initialisation is too small for a deep ReLU network.",
            "The default has a sixth of He's variance, and the signal fades with the depth.",
        ),
        "b": (
            "One seed each: with another seed the order may turn.",
            "One run cannot tell a gap from the luck of its seed.",
        ),
        "c": (
            "The learning rate happens to suit SELU better.",
            "The best rate depends on the function and on the start: a shared rate can favour one.",
        ),
        "d": (
            "Both were tested on the same images.",
            "That makes the comparison sharper. It favours neither.",
        ),
        "e": (
            "SELU is computed with an exponential.",
            "That costs time. It does not change the accuracy after the same number of steps.",
        ),
    }
    answer = "abc"


def curves():
    """Yield validation accuracies of shape (epochs, seeds) and a target, always the same."""
    rng = np.random.default_rng(2)
    for epochs, seeds, target in ((6, 4, 0.9), (4, 3, 0.85)):
        rising = np.sort(rng.uniform(0.6, 0.97, (epochs, seeds)), axis=0).round(2)
        rising[-1, 0] = rising[1, 0]  # a seed that falls back
        rising[:3, 1], rising[3:, 1] = target - 0.1, target + 0.02
        rising[2, 1] = target  # one that meets the target exactly, then passes it
        rising[:, -1] = np.linspace(0.5, 0.8, epochs).round(2)  # one that never does
        yield rising, target


def first_epochs(accuracy, target):
    """Return the first epoch by going through each seed's curve."""
    found = []
    for curve in accuracy.T.tolist():
        reached = [number for number, value in enumerate(curve, start=1) if value >= target]
        found.append(reached[0] if reached else np.nan)
    return np.array(found, float)


@implement("epochs_to_target", reference=first_epochs, inputs=lambda: list(curves()), minutes=6)
class speed:
    """Epochs to a target.

    `accuracy` holds validation accuracies of shape `(epochs, seeds)`. Return, for each seed, the number of the first
    epoch with an accuracy of at least `target`, counted from 1, as floats; NaN for a seed that never gets there.
    """

    hint = """
    Of an array of True and False, `argmax` along the epochs gives the first True. What does it give where there is
    none, and how do you notice?
    """
    why = """
    A seed that never arrives is not a fast one. NaN keeps it from entering a mean unseen: `np.nanmean` leaves it out,
    `np.isnan` counts it.
    """

    def solution(accuracy, target):
        reached = accuracy >= target
        first = reached.argmax(axis=0) + 1.0
        return np.where(reached.any(axis=0), first, np.nan)

    @mistake("argmax gives 0 where nothing is True. A seed that never arrives needs NaN.")
    def wrong_never_is_first(accuracy, target):
        return (accuracy >= target).argmax(axis=0) + 1.0

    @mistake("This counts from 0. The first epoch is number 1.")
    def wrong_from_zero(accuracy, target):
        reached = accuracy >= target
        return np.where(reached.any(axis=0), reached.argmax(axis=0), np.nan)

    @mistake("“At least” includes the target itself: use >=.")
    def wrong_strict(accuracy, target):
        reached = accuracy > target
        return np.where(reached.any(axis=0), reached.argmax(axis=0) + 1.0, np.nan)

    @mistake("This counts the epochs below the target, also those after a fall. The first arrival is asked.")
    def wrong_counts_below(accuracy, target):
        below = (accuracy < target).sum(axis=0)
        return np.where(below < len(accuracy), below + 1.0, np.nan)

    @says("shape (6,); shape (4,) is asked")
    def wrong_axis(accuracy, target):
        reached = accuracy >= target
        return np.where(reached.any(axis=1), reached.argmax(axis=1) + 1.0, np.nan)


@picture("differ", tolerance=0.01, minutes=2)
class forest:
    """Read intervals off a picture.

    Each dot is the mean difference to ReLU in test accuracy, each bar its 95 % interval. How many of the six functions
    differ from ReLU at this level?
    """

    hint = "A difference is doubtful as long as 0 lies inside its bar. Where the dot lies says nothing about that."
    why = """
    Only the bars of A and F leave 0 out. E has a large difference and a bar that still covers 0. Whether B's bar
    overlaps C's does not matter: each bar is about a difference already.
    """
    wrong = {
        6: "Every dot is off the line, and always will be. Look at the bars.",
        3: "One of these three has a bar that still covers 0. Look again at E.",
        4: "That many have a bar that covers 0.",
        1: "Below 0 counts too: a function can differ by being worse.",
    }

    def show():
        from activations.plotting import Picture, figure, palette

        means = np.array([-1.1, 0.2, -0.15, 0.35, 0.5, 0.9])
        halves = np.array([0.5, 0.6, 0.35, 0.9, 0.65, 0.45])
        fig = figure(6, 3)
        ax = fig.subplots()
        rows = np.arange(6)
        ax.axvline(0, color=palette["grey"], lw=1)
        ax.errorbar(means, rows, xerr=halves, fmt="o", color=palette["blue"], capsize=4)
        ax.set(xlim=(-2, 2), yticks=rows, yticklabels=list("ABCDEF"), xlabel="difference to ReLU, points")
        ax.invert_yaxis()
        return Picture(
            fig,
            "Six intervals. A from -1.6 to -0.6; B from -0.4 to 0.8; C from -0.5 to 0.2; D from -0.55 to 1.25; "
            "E from -0.15 to 1.15; F from 0.45 to 1.35.",
        )

    def solution():
        return 2


@predict("at_least_one", tolerance=0.005, minutes=3)
class many_tests:
    r"""Predict how often chance finds a winner.

    Twenty functions are compared with ReLU, each by its own 95 % interval. Suppose that none of them differs from ReLU
    and that the twenty results are independent. How probable is it that at least one interval leaves 0 out? Give a
    number between 0 and 1 to two decimals.
    """

    hint = "How probable is it that one interval covers 0? And that all twenty do?"
    why = r"""
    All twenty cover 0 with the probability $0.95^{20} = 0.36$, so at least one does not with 0.64. Intervals of level
    $1 - 0.05/20$ bring that down to about 0.05: Bonferroni's correction.
    """
    wrong = {
        0.05: "That is the probability for one interval. There are twenty chances.",
        0.358: "That is the probability that all twenty cover 0. The opposite is asked.",
        1.0: "That is 20 × 0.05: the mean number of such intervals, not a probability.",
        0.377: "That is the probability of exactly one. Two or more count too.",
    }
    after = """
        from scipy import stats

        draws = np.random.default_rng(0).normal(size=(2000, 20, 10))
        half = stats.t.ppf(0.975, 9) * draws.std(axis=2, ddof=1) / np.sqrt(10)
        found = np.abs(draws.mean(axis=2)) > half
        Folded("Counted", f"At least one of twenty: {found.any(axis=1).mean():.2f}.")
    """

    def solution():
        return 1 - 0.95**20


def designs():
    """Yield results of small factorial designs, always the same."""
    rng = np.random.default_rng(4)
    for shape in ((2, 3, 4), (3, 2, 2)):
        yield (rng.normal(size=shape).round(1) + np.arange(shape[0])[:, None, None],)


def shares_by_regression(results):
    """Return the shares of the sums of squares as least squares on indicator columns explains them."""
    y = results.ravel() - results.mean()
    places = np.indices(results.shape).reshape(results.ndim, -1)
    found = []
    for place in places:
        columns = (place[:, None] == np.unique(place)).astype(float)
        fitted = columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
        found.append(fitted @ fitted / (y @ y))
    return np.array(found)


@implement("shares", reference=shares_by_regression, inputs=lambda: list(designs()), minutes=8)
class variance_shares:
    r"""Whose variance is it.

    `results` has one axis for each factor, for instance function × learning rate × seed. Return, for each axis, the
    share of the total sum of squares that its main effect explains:

    $$
    \frac{\sum (\text{mean of its level} - \text{grand mean})^2}{\sum (\text{result} - \text{grand mean})^2},
    $$

    where both sums run over all results.
    """

    hint = """
    `results.mean(axis=others, keepdims=True)`, with `others` all axes but one, gives the mean of each level. How many
    results share a level's mean?
    """
    why = """
    In a complete design the main effects are independent of each other, so the shares add up to at most 1; what is left
    are interactions and noise.
    """

    def solution(results):
        total = np.sum((results - results.mean()) ** 2)
        found = []
        for axis in range(results.ndim):
            others = tuple(k for k in range(results.ndim) if k != axis)
            levels = results.mean(axis=others)
            repeats = results.size / len(levels)
            found.append(repeats * np.sum((levels - results.mean()) ** 2) / total)
        return np.array(found)

    @mistake("Each level's mean stands for many results: count it once for each of them.")
    def wrong_counts_levels_once(results):
        total = np.sum((results - results.mean()) ** 2)
        found = []
        for axis in range(results.ndim):
            others = tuple(k for k in range(results.ndim) if k != axis)
            found.append(np.sum((results.mean(axis=others) - results.mean()) ** 2) / total)
        return np.array(found)

    @mistake("This averages over the factor itself. Average over all the others.")
    def wrong_averages_over_itself(results):
        total = np.sum((results - results.mean()) ** 2)
        found = []
        for axis in range(results.ndim):
            means = results.mean(axis=axis, keepdims=True)
            found.append(np.sum((means - results.mean()) ** 2) * results.shape[axis] / total)
        return np.array(found)

    @mistake("Subtract the grand mean from the total too.")
    def wrong_total(results):
        return shares_by_regression(results) * np.sum((results - results.mean()) ** 2) / np.sum(results**2)

    @mistake(
        "These shares were forced to add up to 1. What the main effects leave belongs to interactions and noise."
    )
    def wrong_normalised(results):
        return shares_by_regression(results) / shares_by_regression(results).sum()


@tune(
    "rate",
    target=0.97,
    tolerance=0.012,
    goal="share of test images that the sigmoid network tells right",
    legal=(1e-4, 1.0),
    minutes=5,
)
class sigmoid_rate:
    """Tune the learning rate of a sigmoid network.

    A network with one hidden layer of 50 sigmoid units sees 600 of the digits four times, in mini-batches of 64, and
    learns with Adam. With Adam's default rate, 0.001, it is far from done by then. Which rate brings it to 97 % of the
    test images? The start and the order are the same each time, and the check trains the network.
    """

    hint = "Try ten times the default, then look on both sides of it by factors of 3."
    why = """
    The slope of the sigmoid is at most a quarter, so a layer's output moves little when its weights do, and larger
    steps are needed. Too large ones drive the units into saturation. This is why a comparison at one shared learning
    rate is no comparison of functions.
    """
    wrong = {
        0.001: "That is Adam's default: 40 steps of this size do not get far.",
        0.0001: "Smaller steps get even less far in the same number.",
        1.0: "Steps of this size push the sigmoids into saturation at once.",
    }

    def measure(rate):
        from activations.data import digits
        from activations.network import MLP, Adam, train

        data = digits()
        net = MLP([64, 50, 10], "sigmoid", initialiser="lecun", seeds=3)
        train(net, data.x[:600], data.y[:600], epochs=4, optimiser=Adam(rate), diverged="record")
        return float(np.mean(net.accuracy(data.x_test, data.y_test)))

    def solution():
        return 0.03

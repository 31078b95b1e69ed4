"""Exercises of the rectified chapter."""

import numpy as np

from activations import rectified, sigmoidal
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


@implement("my_relu", reference=rectified.relu, minutes=3)
class relu:
    r"""ReLU for a whole array.

    Write $\operatorname{relu}(x) = \max(0, x)$ for a NumPy array of any shape. Two conditions that many
    copies of this function in circulation break: the array you are given stays as it is, and its dtype is
    kept.
    """

    hint = "Which NumPy function compares two things element by element and keeps the larger?"
    why = "`np.maximum` compares element by element. `np.max` does not: it looks for one largest element."

    def solution(x):
        return np.maximum(x, 0)

    @says("changes its input")
    def wrong_in_place(x):
        x[x < 0] = 0
        return x

    @says("returns a single number; shape")
    def wrong_largest_element(x):
        return np.max(x, 0)

    @says("works for single numbers only; for an array it raises ValueError")
    def wrong_scalar(x):
        return max(0, x)

    @says("returns a list; a plain NumPy array of numbers is asked")
    def wrong_list(x):
        return [max(0, v) for v in x]

    @says("Right for x > 0, wrong to the left of it")
    def wrong_absolute(x):
        return np.abs(x)

    @says("returns None. Is a return missing?")
    def wrong_no_return(x):
        np.maximum(x, 0)

    @says("float64 where the input is float32")
    def wrong_widens(x):
        out = np.zeros(x.shape)
        out[x > 0] = x[x > 0]
        return out


@derivative("relu_slope", reference=rectified.relu.derivative, minutes=3)
class relu_derivative:
    """The slope of ReLU, kink included.

    Write the derivative of ReLU for an array: 1 where $x > 0$, 0 where $x < 0$. At $x = 0$ there is a kink
    and so no derivative. Use this book's convention there, which is PyTorch's too: 0. The slopes have the
    dtype of `x`.
    """

    hint = """
    A comparison gives True and False for a whole array. What turns these into 1.0 and 0.0 of the right
    dtype?
    """
    why = """
    The strict `>` puts the kink on the side of slope 0. `np.heaviside(x, 0)` does the same in one call: its
    second argument is the value at 0.
    """

    def solution(x):
        return (x > 0).astype(x.dtype)

    @says("Right everywhere but at the kink, x = 0")
    def wrong_other_convention(x):
        return (x >= 0).astype(x.dtype)

    @says("function itself; its derivative is asked")
    def wrong_value(x):
        return np.maximum(x, 0)

    @says("returns True and False; numbers are asked")
    def wrong_truth_values(x):
        return x > 0

    @says("Right for x > 0, wrong to the left of it")
    def wrong_sign(x):
        return np.sign(x)

    @says("int64 where the input is float64")
    def wrong_integers(x):
        return np.where(x > 0, 1, 0).astype(np.int64)

    @says("gives nan where there is a value")
    def wrong_quotient(x):
        return np.maximum(x, 0) / x


@picture("slope", tolerance=0.05, minutes=2)
class read_slope:
    """Read a slope off its picture.

    This is a leaky ReLU. Which negative slope does it have?
    """

    hint = """
    Choose a point on the left branch that lies on the grid. By how much does the line fall on the way there
    from 0?
    """
    why = r"The left branch passes through 0 and $(-5, -2)$, so its slope is $\frac{-2}{-5} = 0.4$."
    wrong = {
        2.5: "That is the run over the rise. A slope is the rise over the run.",
        -0.4: "The size is right. But the line goes up from left to right: its slope is positive.",
        2.0: "That is how far the line falls from 0 to -5. Divide by the way it takes for that.",
        -2.0: "That is the value at x = -5. The slope is that value divided by x.",
        1.0: "That is the slope of the right branch.",
    }

    def show():
        from activations.plotting import Picture, figure, palette

        fig = figure(6, 3.6)
        ax = fig.subplots()
        x = np.array([-5.0, 0.0, 3.0])
        ax.plot(x, rectified.leaky_relu(x, negative_slope=0.4), color=palette["blue"])
        ax.set(xlabel="x", ylabel="f(x)", xticks=range(-5, 4), yticks=range(-2, 4))
        ax.grid(True)
        return Picture(fig, "A line from (-5, -2) straight to (0, 0), and on from there to (3, 3).")

    def solution():
        return -2 / -5


@repair("leaky", reference=rectified.leaky_relu, params=[{"negative_slope": 0.2}, {"negative_slope": 1.5}])
class leaky_maximum:
    r"""Repair a leaky ReLU.

    One line is often given for the leaky ReLU: the larger of $x$ and $s\,x$. It passes every test with the
    usual slopes. A slope that is *learned*, as in PReLU, may grow beyond 1, and then the line is wrong.
    Repair it, so that every slope gives $x$ for $x > 0$ and $s\,x$ otherwise.
    """

    hint = r"""
    For which signs of $x$ is $s\,x$ above $x$ when $s > 1$? Decide by the sign of $x$ instead of by size.
    """
    why = r"""
    For $s > 1$ the line $s\,x$ lies above $x$ on the right and below it on the left, so the larger of the
    two is the wrong one on both sides. Splitting $x$ into its positive and its negative part asks only for
    the sign.
    """

    @says("With negative_slope = 1.5: Some values are wrong")
    def broken(x, negative_slope=0.01):
        return np.maximum(x, negative_slope * x)

    def solution(x, negative_slope=0.01):
        return np.maximum(x, 0) + negative_slope * np.minimum(x, 0)

    @says("does not depend on negative_slope")
    def wrong_fixed_slope(x, negative_slope=0.01):
        return np.where(x > 0, x, 0.01 * x)

    @mistake("This goes up on the left. A negative x times a positive slope stays negative.")
    def wrong_upwards(x, negative_slope=0.01):
        return np.maximum(x, 0) + negative_slope * np.maximum(-x, 0)

    @says("Right for x > 0, wrong to the left of it")
    def wrong_divides(x, negative_slope=0.01):
        return np.where(x > 0, x, x / negative_slope)

    @says("For integer input, with negative_slope = 1.5: Fractions are cut off")
    def wrong_integer_buffer(x, negative_slope=0.01):
        out = np.zeros_like(x)
        out[x > 0] = x[x > 0]
        out[x < 0] = negative_slope * x[x < 0]
        return out

    @says("shape (16,); shape (17,) is asked")
    def wrong_drops_zero(x, negative_slope=0.01):
        return np.array([v if v > 0 else negative_slope * v for v in x if v != 0])

    @says("cannot be called as leaky(x, negative_slope=0.01)")
    def wrong_no_parameter(x):
        return np.where(x > 0, x, 0.01 * x)


@predict("silent_share", tolerance=0.01)
class silent:
    """Predict how many units are silent.

    A layer's pre-activations are drawn from a standard normal distribution, and then a bias of $-1$ is
    added to each. Which share of the ReLU units gives exactly 0? Predict it to two decimals, as a number
    between 0 and 1; the cell below the check counts.
    """

    hint = r"""
    A unit is silent when $z - 1 \le 0$. How much of a normal distribution lies within one standard
    deviation of its mean, and how much of the rest lies to the left?
    """
    why = r"""
    The unit is silent when $z \le 1$, which has the probability $\Phi(1) = 0.84$. A bias makes a layer
    sparse.
    """
    wrong = {
        0.5: "That is the share without a bias. The bias moves the threshold.",
        0.1587: "That is the share of units that are active.",
        0.6827: "That is the share within one standard deviation of 0, on both sides. The far left counts too.",
        0.3413: "That is the share between 0 and 1. Everything below 0 is silent as well.",
    }
    after = """
        pre_activations = np.random.default_rng(0).normal(size=1_000_000) - 1
        share = np.mean(relu(pre_activations) == 0)
        Folded("Counted", f"The share of silent units is {share:.3f}.")
    """

    def solution():
        from statistics import NormalDist

        return NormalDist().cdf(1)


@quiz("dead")
class dead_unit:
    """What makes a unit dead.

    A ReLU unit of a trained network gives 0 for the picture of a cat. When can you call it *dead*?
    """

    hint = "What would have to happen for the unit's weights to change again?"
    why = """
    A unit that is silent on every training input gets the gradient 0 from every one of them. Nothing in its
    own weights can change that. One input that wakes it is enough for it to learn.
    """
    options = {
        "a": (
            "When its slope at this input is 0.",
            "One silent input is a ReLU's ordinary life: a fresh unit is silent on about half of its inputs.",
        ),
        "b": (
            "When its bias is negative.",
            "A negative bias makes it rarer that the unit is active, and does not rule it out.",
        ),
        "c": ("When it gives 0 for every input of the training set.", ""),
        "d": (
            "When all of its weights are 0.",
            "With all weights 0 the bias alone decides: a unit with a positive bias is always active.",
        ),
    }
    answer = "c"


@implement(
    "hard_sigmoid",
    reference=sigmoidal.hard_sigmoid,
    minutes=4,
)
class relu6_hard_sigmoid:
    """A hard sigmoid from ReLU6.

    The hard sigmoid is 0 up to $x = -3$, 1 from $x = 3$, and a straight line in between. It *is* ReLU6,
    moved and scaled: write it with one call of `relu6`. This is how it is built on phones.
    """

    hint = """
    Where does `relu6` have its two kinks, and where should they be? How high is it, and how high should it
    be?
    """
    why = "Adding 3 moves the kinks from 0 and 6 to $-3$ and 3; dividing by 6 brings the height from 6 to 1."

    def solution(x):
        from activations import relu6

        return relu6(x + 3) / 6

    @says("All values are 6 times what they should be")
    def wrong_not_scaled(x):
        return rectified.relu6(x + 3)

    @mistake("The kinks are at 0 and 6; they should be at -3 and 3.")
    def wrong_not_moved(x):
        return rectified.relu6(x) / 6

    @mistake("This lifts the whole curve. To move the kinks, add to the input of relu6.")
    def wrong_lifted(x):
        return rectified.relu6(x) / 6 + 0.5

    @mistake("The line goes on above 1. ReLU6 caps at 6: divide after capping, not before.")
    def wrong_cap_first(x):
        return rectified.relu6(x / 6 + 0.5)

    @mistake("The kinks are at 3 and 9: to move a function to the left, add to its input.")
    def wrong_moved_the_other_way(x):
        return rectified.relu6(x - 3) / 6


def batches():
    """Yield inputs (n, channels), gradients of that shape and one weight per channel, always the same."""
    rng = np.random.default_rng(1)
    for n, channels in ((4, 2), (1, 3), (5, 1)):
        shape = (n, channels)
        yield (
            rng.normal(size=shape).round(1),
            rng.normal(size=shape).round(1),
            rng.uniform(0, 1, channels).round(1),
        )


@derivative(
    "weight_gradient",
    reference=lambda x, g, weight: rectified.prelu.param_vjp(x, g, weight=weight)["weight"],
    inputs=lambda: list(batches()),
    minutes=5,
)
class prelu_weight:
    r"""The gradient by which PReLU learns.

    PReLU has one slope $w_c$ for each channel $c$: $f(x_{nc}) = \max(x_{nc}, 0) + w_c \min(x_{nc}, 0)$. You
    are given `x` and `g`, the gradient of the loss with respect to the output, both of shape `(n,
    channels)`, and `weight` of shape `(channels,)`. Write the gradient of the loss with respect to
    `weight`.
    """

    hint = r"""
    What is $\partial f / \partial w_c$ for one element? Multiply it by the gradient that arrives there.
    Then add up all elements that share the same $w_c$: over which axis?
    """
    why = r"""
    $\partial f / \partial w_c = \min(x_{nc}, 0)$, and every example of the batch uses the same $w_c$, so
    their shares $g_{nc} \min(x_{nc}, 0)$ add up. The weight itself does not occur: $f$ is linear in it.
    """

    def solution(x, g, weight):
        return (g * np.minimum(x, 0)).sum(axis=0)

    @mistake("This forgets g, the gradient that arrives from above: multiply by it before you sum.")
    def wrong_forgets_g(x, g, weight):
        return np.minimum(x, 0).sum(axis=0)

    @says("It returns shape (4, 2); shape (2,) is asked")
    def wrong_not_summed(x, g, weight):
        return g * np.minimum(x, 0)

    @says("It returns shape (4,); shape (2,) is asked")
    def wrong_axis(x, g, weight):
        return (g * np.minimum(x, 0)).sum(axis=1)

    @mistake("This is the mean over the batch. Every example adds its share to the loss: take the sum.")
    def wrong_mean(x, g, weight):
        return (g * np.minimum(x, 0)).mean(axis=0)

    @mistake("This is the gradient with respect to x. How does the output change when the weight does?")
    def wrong_gradient_of_x(x, g, weight):
        return (g * np.where(x > 0, 1, weight)).sum(axis=0)

    @says("The sign is wrong everywhere")
    def wrong_absolute(x, g, weight):
        return (g * np.maximum(-x, 0)).sum(axis=0)

    @mistake("The output is linear in the weight, so the weight itself does not occur in its slope.")
    def wrong_times_weight(x, g, weight):
        return (g * weight * np.minimum(x, 0)).sum(axis=0)

    @mistake("Where x is negative the output changes by x for each unit of the weight, not by 1.")
    def wrong_counts(x, g, weight):
        return (g * (x < 0)).sum(axis=0)

    @mistake("This sums over positive inputs too, where the weight plays no part.")
    def wrong_all_inputs(x, g, weight):
        return (g * x).sum(axis=0)


@tune(
    "sigma",
    target=1.0,
    tolerance=0.03,
    goal="factor by which a layer multiplies the size of the signal",
    legal=(1e-3, 1.0),
)
class leaky_gain:
    r"""Tune weights to a leaky ReLU.

    A network has 10 layers of 256 units, each followed by a leaky ReLU with the slope 0.5. All weights are
    drawn from a normal distribution of mean 0 and standard deviation $\sigma$; biases are 0. Which $\sigma$
    keeps the size of the signal (the root of its mean square) from layer to layer? Work it out, or find it
    by trial: the check measures.
    """

    hint = r"""
    For a symmetric input, half the values keep their square and the other half keep $0.5^2$ of it. The sum
    over 256 inputs multiplies the mean square by $256\,\sigma^2$. What must the product be?
    """
    why = r"""
    The leaky ReLU keeps $(1 + s^2)/2 = 0.625$ of the mean square, the weights multiply it by $n\sigma^2$.
    The product is 1 for $\sigma = \sqrt{2 / ((1 + s^2)\,n)}$: He initialisation, which for $s = 0$ is the
    known $\sqrt{2/n}$.
    """
    wrong = {
        0.0884: "That is He initialisation for a plain ReLU, which lets nothing through on the left.",
        0.0625: "That is 1/sqrt(256), which would be right without an activation function.",
        0.00625: "That is the variance. Its root is asked.",
        0.0078125: "That is He's variance for a plain ReLU. The root is asked, and of a variance for a leaky one.",
        0.1118: "Only a quarter, 0.25, of the mean square passes on the left: the slope is squared as well.",
    }

    def measure(sigma):
        rng = np.random.default_rng(0)
        signal = rng.normal(size=(64, 256))
        before = np.mean(signal**2)
        for _ in range(10):
            weights = rng.normal(scale=sigma, size=(256, 256))
            signal = rectified.leaky_relu(signal @ weights, negative_slope=0.5)
        return (np.mean(signal**2) / before) ** (1 / 20)

    def solution():
        units, slope = 256, 0.5
        return np.sqrt(2 / ((1 + slope**2) * units))


def hat(x, centre=0.0, width=1.0):
    """Return the bump by interpolation, from its height at three points."""
    return np.interp(x, [centre - width, centre, centre + width], [0.0, 1.0, 0.0])


@implement(
    "bump",
    reference=hat,
    params=[{"centre": 1.0, "width": 2.0}],
    joints=lambda centre=0.0, width=1.0: (centre - width, centre, centre + width),
    within=(-1000.0, 1000.0),
    keeps_dtype=False,
    minutes=8,
)
class relu_bump:
    """A bump from three ReLUs.

    Sums of bumps can follow any continuous curve; this is how a ReLU network approximates functions. Build
    one: `bump(x, centre, width)` is 0 up to `centre - width`, rises in a straight line to 1 at `centre`,
    falls back to 0 at `centre + width` and stays there. Use `relu` three times, and no comparison.
    """

    hint = r"""
    Go along the graph from the left. A term $c \cdot \mathrm{relu}(x - t)$ changes the slope by $c$ at $t$
    and does nothing before. At which three points does the slope of the bump change, and by how much?
    """
    why = """
    The slopes are 0, $1/w$, $-1/w$, 0. So the slope changes by $1/w$, $-2/w$ and $1/w$: these are the three
    weights of the output, and the places of change are the three biases.
    """

    def solution(x, centre=0.0, width=1.0):
        from activations import relu

        left, middle, right = relu(x - centre + width), relu(x - centre), relu(x - centre - width)
        return (left - 2 * middle + right) / width

    @says("Right for x < 0, wrong to the right of it")
    def wrong_middle_weight(x, centre=0.0, width=1.0):
        relu = rectified.relu
        return (relu(x - centre + width) - relu(x - centre) + relu(x - centre - width)) / width

    @says("Right for x < 1, wrong to the right of it")
    def wrong_never_ends(x, centre=0.0, width=1.0):
        relu = rectified.relu
        return (relu(x - centre + width) - 2 * relu(x - centre)) / width

    @mistake("The bump stands at −centre: to move a function to the right, subtract from its input.")
    def wrong_side(x, centre=0.0, width=1.0):
        relu = rectified.relu
        return (relu(x + centre + width) - 2 * relu(x + centre) + relu(x + centre - width)) / width

    @mistake("Move first, then stretch: divide the difference x − centre by the width, not x alone.")
    def wrong_order(x, centre=0.0, width=1.0):
        relu, t = rectified.relu, x / width - centre
        return relu(t + 1) - 2 * relu(t) + relu(t - 1)

    @says("With centre = 1, width = 2: All values are 2 times")
    def wrong_height(x, centre=0.0, width=1.0):
        relu = rectified.relu
        return relu(x - centre + width) - 2 * relu(x - centre) + relu(x - centre - width)

    @says("does not depend on centre and width")
    def wrong_ignores_parameters(x, centre=0.0, width=1.0):
        relu = rectified.relu
        return relu(x + 1) - 2 * relu(x) + relu(x - 1)

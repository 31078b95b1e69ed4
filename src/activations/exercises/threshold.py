"""Exercises of the threshold chapter: the foundations."""

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
from activations.rectified import relu
from activations.threshold import exponential, linear, step

__all__ = []  # nothing to import by name: the registry collects the exercises, in this order


def layers():
    """Batches (n, k), weights (k, m) and biases (m,), the same in every run."""
    rng = np.random.default_rng(3)
    for n, k, m in ((4, 3, 2), (2, 2, 2), (1, 5, 3)):
        yield tuple(rng.normal(scale=2, size=shape).round(1) for shape in ((n, k), (k, m), (m,)))


@implement(
    "layer",
    reference=lambda x, weights, biases: relu(np.einsum("nk,km->nm", x, weights) + biases),
    inputs=lambda: list(layers()),
    minutes=4,
)
class relu_layer:
    r"""A layer of neurons.

    A layer has `m` units, each with its own weights and bias. Write the output of a layer of ReLU units for a
    whole batch: `x` has the shape `(n, k)` (one example per row), `weights` has the shape `(k, m)` (one unit
    per column), `biases` has the shape `(m,)`. The result has the shape `(n, m)`.
    """

    hint = (
        "A weighted sum of each row with each column is a matrix product. What comes after it, and what after "
        "that?"
    )
    why = (
        "`x @ weights` holds all weighted sums at once, the biases are added to every row, and the activation "
        "function comes last, on each element separately."
    )

    def solution(x, weights, biases):
        return np.maximum(x @ weights + biases, 0)

    @mistake("The biases are missing.")
    def wrong_no_bias(x, weights, biases):
        return np.maximum(x @ weights, 0)

    @mistake("The activation function is missing: these are the pre-activations.")
    def wrong_no_activation(x, weights, biases):
        return x @ weights + biases

    @mistake("The biases come after the activation function. They belong to the sum, before it.")
    def wrong_bias_last(x, weights, biases):
        return np.maximum(x @ weights, 0) + biases

    @mistake("The activation function is applied to the inputs. It comes after the weighted sum.")
    def wrong_activation_first(x, weights, biases):
        return np.maximum(x, 0) @ weights + biases

    @says("It raises ValueError: operands could not be broadcast")
    def wrong_elementwise(x, weights, biases):
        return np.maximum(x * weights + biases, 0)


@repair("my_step", reference=step, minutes=3)
class step_at_zero:
    r"""Repair a step.

    A step made from the sign function is often seen. It is right almost everywhere. Repair it so that it
    follows this book's convention for $x = 0$ too, and gives numbers of the dtype of `x`.
    """

    hint = "What is `np.sign(0)`? And what should the step give there?"
    why = (
        "`np.sign(0)` is 0, so the formula gave one half: an answer that a step must not give. A strict "
        "comparison puts 0 on the side of *no*. `np.heaviside(x, 0)` does the same; its second argument is the "
        "value at 0."
    )

    @says("Right everywhere but at the kink, x = 0")
    def broken(x):
        return (np.sign(x) + 1) / 2

    def solution(x):
        return (x > 0).astype(x.dtype)

    @mistake("It says yes at 0. The convention of this book is no: a unit without any input stays silent.")
    def wrong_other_convention(x):
        return (x >= 0).astype(x.dtype)

    @says("returns True and False; numbers are asked")
    def wrong_truth_values(x):
        return x > 0

    @says("int64 where the input is float64")
    def wrong_integers(x):
        return np.where(x > 0, 1, 0).astype(np.int64)

    @mistake("It gives -1 for no. The step gives 0.")
    def wrong_minus_one(x):
        return np.where(x > 0, 1, -1).astype(x.dtype)

    @says("works for single numbers only; for an array it raises ValueError")
    def wrong_scalar(x):
        return 1.0 if x > 0 else 0.0


@predict("slope", tolerance=0.01, minutes=5)
class pencil:
    r"""Backwards with a pencil.

    A network has one input, two hidden ReLU units and one output without an activation function: $z_1 = 1 \cdot
    x - 1$, $z_2 = -2 \cdot x + 8$, $y = 2\,\operatorname{relu}(z_1) - 1\,\operatorname{relu}(z_2)$. The input
    is 3, the target is 1, the loss is $\frac12 (y - t)^2$. How steeply does the loss change with the weight
    $-2$? Work it out on paper; the cell below the check nudges the weight.
    """

    hint = (
        "Forwards first: both hidden units are active. Then go back from the loss to the weight and multiply what "
        "you pass: the slope of the loss, the output weight, the slope of ReLU, the input."
    )
    why = (
        "$h_1 = 2$, $h_2 = 2$, $y = 2$, so $\\partial L / \\partial y = 1$. On the way back it is multiplied by "
        "the output weight $-1$, by ReLU's slope 1 and by the input 3."
    )
    wrong = {
        3.0: "The output weight of the second unit is -1: the gradient changes its sign there.",
        -1.0: "That is the gradient of the bias. A weight is multiplied by its input, and so is its gradient.",
        2.0: "That is the gradient of the second output weight.",
        -6.0: "The hidden unit's value has no part in it. Multiply by the input of the weight, which is 3.",
        -2.0: "The last factor is not the value of the hidden unit but the input of the weight, which is 3.",
        1.0: "That is the gradient of the answer y. Go on: through the output weight, through ReLU, to the weight.",
        6.0: "That is the gradient of the other hidden weight.",
        0.0: "The second unit is active: its pre-activation is -2·3 + 8 = 2.",
    }
    after = """
        def loss(weight):
            h = np.maximum([1 * 3 - 1, weight * 3 + 8], 0)
            return (2 * h[0] - h[1] - 1) ** 2 / 2


        nudged = round((loss(-2 + 1e-6) - loss(-2 - 1e-6)) / 2e-6, 4)
        print("nudging gives the same:", slope == nudged)
    """

    def solution():
        return 1 * -1 * 1 * 3


@tune(
    "rate",
    target=3.0,
    tolerance=0.01,
    goal="answer after one step",
    legal=(0.0, 0.2),
    minutes=6,
)
class one_step:
    r"""One step to the target.

    The network that the lesson took forwards and backwards by hand answered 5 where 3 was right. A step of
    gradient descent with the learning rate 0.02 brought it down to 2.70: too far. Which learning rate brings it
    to 3, give or take 0.01, in one step?

    As a reminder: $x = (2, 1)$; the first unit has the weights $(1, -1)$ and the bias 1, and its output is
    weighted by 3; the bias of the output is $-1$; the second unit is silent. The gradients of these five
    numbers are $(12, 6)$, 6, 4 and 2.
    """

    hint = (
        "Write the new answer as a function of the rate $r$. The first unit's new pre-activation is $2 - 36r$, "
        "the new output weight $3 - 4r$."
    )
    why = (
        "The new answer is $(3 - 4r)(2 - 36r) - 1 - 2r = 5 - 118r + 144r^2$. It is 3 where $144r^2 - 118r + 2 = "
        "0$. The gradient alone knows only the $118r$: it is the slope of a curve, and a step follows the "
        "straight line."
    )
    wrong = {
        0.02: "That is the lesson's step, which goes too far.",
        0.01695: "That follows the straight line 5 - 118r. The answer bends away from it: there is a term with r² "
        "as well.",
        0.008475: "That would bring the loss from 2 to 0 if it fell in a straight line. It gets flatter on its way.",
        0.1: "The first unit falls silent: its pre-activation is 2 - 36·0.1, which is negative.",
    }

    def measure(rate):
        weights, bias, out, shift = np.array([1.0, -1.0]), 1.0, 3.0, -1.0
        weights, bias = weights - rate * np.array([12.0, 6.0]), bias - rate * 6
        out, shift = out - rate * 4, shift - rate * 2
        return out * max(weights @ [2, 1] + bias, 0) + shift

    def solution():
        return (118 - np.sqrt(118**2 - 4 * 144 * 2)) / (2 * 144)


def batches():
    """Inputs (n, k), arriving gradients (n, m) and a slope, the same in every run."""
    rng = np.random.default_rng(4)
    for (n, k, m), c in (((4, 3, 2), 0.5), ((2, 2, 2), -1.5), ((1, 3, 2), 2.0)):
        yield (rng.normal(size=(n, k)).round(1), rng.normal(size=(n, m)).round(1), c)


@derivative(
    "weight_gradient",
    reference=lambda x, delta, c: np.einsum("nk,nm->km", x, linear.vjp(delta, delta, c=c)),
    inputs=lambda: list(batches()),
    minutes=5,
)
class linear_gradient:
    r"""What a linear layer learns from its input.

    “With a linear activation function the updates do not depend on the input.” Write the gradient and see. The
    layer computes $y = c\,(xW + b)$. You are given its inputs `x` of shape `(n, k)`, the gradient `delta` of
    the loss with respect to its outputs, of shape `(n, m)`, and the slope `c`. Write the gradient with respect
    to the weights, of shape `(k, m)`.
    """

    hint = (
        "Weight $W_{ij}$ leads from input $i$ to output $j$. For one example its gradient is "
        "$c\\,x_i\\,\\delta_j$. Add up the examples."
    )
    why = (
        "Every example adds $c\\,x_i\\,\\delta_j$ to the gradient of $W_{ij}$; the matrix product with "
        "$x^{\\mathsf T}$ adds them up. The input is there: only the slope $c$ is constant."
    )

    def solution(x, delta, c):
        return c * x.T @ delta

    @mistake("The slope c of the activation function is missing.")
    def wrong_no_slope(x, delta, c):
        return x.T @ delta

    @says("It returns shape (2, 3); shape (3, 2) is asked")
    def wrong_transposed(x, delta, c):
        return c * delta.T @ x

    @says("It returns shape (2,); shape (3, 2) is asked")
    def wrong_bias(x, delta, c):
        return c * delta.sum(axis=0)

    @mistake("Multiply first, then add up: each example has its own input and its own gradient.")
    def wrong_sums_first(x, delta, c):
        return c * np.outer(x.sum(axis=0), delta.sum(axis=0))

    @mistake("The inputs play no part here. This is the myth: the same gradient for every input.")
    def wrong_without_input(x, delta, c):
        return c * np.ones_like(x).T @ delta

    @mistake(
        "This is the mean over the batch. delta already holds the gradient of the whole loss: take the sum."
    )
    def wrong_mean(x, delta, c):
        return c * x.T @ delta / len(x)


def stacks():
    """Weights and biases of two layers, the same in every run."""
    rng = np.random.default_rng(5)
    for n, k, m in ((3, 4, 2), (2, 2, 2), (1, 5, 3)):
        yield tuple(rng.normal(size=shape).round(1) for shape in ((n, k), (k,), (k, m), (m,)))


def collapsed_by_probing(W1, b1, W2, b2):
    """Weights and bias of two linear layers, from their answers to 0 and to the unit vectors."""
    inputs = np.vstack([np.eye(len(W1)), np.zeros(len(W1))])
    answers = (inputs @ W1 + b1) @ W2 + b2
    answers[:-1] -= answers[-1]
    return answers


@implement("collapse", reference=collapsed_by_probing, inputs=lambda: list(stacks()), minutes=6)
class collapsed:
    r"""Two layers in one.

    Two layers without activation functions compute $(xW_1 + b_1)W_2 + b_2$. Give the one layer that does the
    same: return a single array that has its weights as rows, and its bias as one more row below them.
    """

    hint = "Multiply out. What does $W_2$ do to $b_1$? `np.vstack` puts a row under a matrix."
    why = (
        "Multiplied out, it is $x(W_1W_2) + (b_1W_2 + b_2)$. The first bias passes through the second layer like "
        "any other value. A third layer would collapse into these in the same way."
    )

    def solution(W1, b1, W2, b2):
        return np.vstack([W1 @ W2, b1 @ W2 + b2])

    @mistake(
        "The weights are right. The first bias passes through the second layer too: it does not just vanish."
    )
    def wrong_forgets_first_bias(W1, b1, W2, b2):
        return np.vstack([W1 @ W2, b2])

    @mistake("The second bias is missing: it is added after both products.")
    def wrong_forgets_second_bias(W1, b1, W2, b2):
        return np.vstack([W1 @ W2, b1 @ W2])

    @mistake("The rows are right and in another order: the bias is asked for as the last row.")
    def wrong_bias_on_top(W1, b1, W2, b2):
        return np.vstack([b1 @ W2 + b2, W1 @ W2])

    @says("raises ValueError: operands could not be broadcast")
    def wrong_adds_biases(W1, b1, W2, b2):
        return np.vstack([W1 @ W2, b1 + b2])

    @says("raises ValueError: matmul")
    def wrong_order(W1, b1, W2, b2):
        return np.vstack([W2 @ W1, W2 @ b1 + b2])

    @says("It returns shape (3, 2); shape (4, 2) is asked")
    def wrong_no_bias_row(W1, b1, W2, b2):
        return W1 @ W2 + b1 @ W2 + b2

    @mistake(
        "The weights are right. The last row is the answer to an input of ones; the bias is the answer to 0."
    )
    def wrong_row_of_ones(W1, b1, W2, b2):
        return np.vstack([W1 @ W2, (np.ones(len(W1)) @ W1 + b1) @ W2 + b2])


@picture("units", tolerance=0.1, minutes=2)
class kinks:
    """Count the units in a picture.

    A network with one input, one hidden layer of ReLU units and one output draws this line. It goes on flat to
    the left, and straight to the right. How many hidden units does the network have at least?
    """

    hint = "One unit bends the line at one place."
    why = (
        "The line bends at $-3$, $-2$, 0, 1 and 3. One unit bends it at one place, and a unit that is not needed "
        "for a bend is not needed."
    )
    wrong = {
        6.0: "That is the number of straight pieces. The first one, which is flat, costs no unit.",
        7.0: "That is the number of points it takes to draw the line, both ends included. At the ends it does not "
        "bend.",
        4.0: "One bend is missing. Look for the place where the line stops falling, and the one where it "
        "begins to rise again.",
        3.0: "Three units make one hat. Here are more than three bends.",
    }

    def show():
        from activations.plotting import Picture, figure, palette

        fig = figure()
        ax = fig.subplots()
        places = [-4, -3, -2, 0, 1, 3, 4]
        ax.plot(places, [0, 0, 2, 2, -1, -1, 1], color=palette["blue"])
        ax.set(xlabel="x", ylabel="output", xticks=range(-4, 5), yticks=range(-1, 3))
        return Picture(
            fig,
            "A line through (-4, 0), (-3, 0), (-2, 2), (0, 2), (1, -1), (3, -1) and (4, 1), straight in between.",
        )

    def solution():
        return 5


@quiz("statements", minutes=3)
class linear_layers:
    r"""Three linear layers.

    A network takes 10 numbers through layers of 10, 2 and 10 units without activation functions. Each layer has
    weights and biases. Which statements are true? Choose all.
    """

    hint = "Write the network as one layer $xA + b$. What is special about the matrix $A$?"
    why = (
        "The three layers are $xA + b$ with $A = W_1W_2W_3$. All that is known about $A$ is that its rank is at "
        "most 2, because everything passes through two units. The bias makes the function affine rather than "
        "linear."
    )
    options = {
        "a": (
            "Its answer to a sum of two inputs is the sum of its answers.",
            "That would be linear in the strict sense. The biases are in the way: the sum of two answers holds "
            "them twice.",
        ),
        "b": (
            "One layer with 10 inputs and 10 outputs can compute the same.",
            "Multiply the matrices: that layer exists, whatever the widths.",
        ),
        "c": (
            "It can compute whatever one layer with 10 inputs and 10 outputs can.",
            "The identity, for one, has rank 10. Through two units only matrices of rank 2 can pass.",
        ),
        "d": (
            "The gradient of its weights depends on the input.",
            "The gradient of a weight is its input times the gradient that arrives. Only the slope of the "
            "activation is constant.",
        ),
    }
    answer = "bd"


def counts():
    """Pre-activations and counts, the same in every run."""
    rng = np.random.default_rng(6)
    for n in (5, 1, 8):
        yield rng.normal(size=n).round(1), rng.poisson(2, size=n).astype(float)


@derivative(
    "slope_of_loss",
    reference=lambda z, t: exponential(z) - t,
    inputs=lambda: list(counts()),
    minutes=5,
)
class poisson_slope:
    r"""The slope of a count's loss.

    A network that counts has the exponential as its output, $y = e^z$, and the loss $L = y - t \log y$ for the
    true count $t$. Derive $\partial L / \partial z$ with the chain rule, and write it for arrays `z` and `t` of
    one shape.
    """

    hint = (
        "Write $L$ as a function of $z$ before you differentiate: what is $\\log y$? Or take the slopes one by "
        "one and multiply."
    )
    why = (
        "$L = e^z - t z$, so the slope is $e^z - t$: answer minus target. With the chain rule, $(1 - t/y) \\cdot "
        "y$ is the same, but where $y$ underflows to 0 it would divide by 0."
    )

    def solution(z, t):
        return np.exp(z) - t

    @mistake(
        "That is the slope with respect to the answer y. The chain rule has one factor more: the slope of the "
        "exponential."
    )
    def wrong_stops_at_y(z, t):
        return 1 - t / np.exp(z)

    @mistake("Only the first term got its factor. By the chain rule all of 1 - t/y is multiplied by y.")
    def wrong_one_factor(z, t):
        return np.exp(z) - t / np.exp(z)

    @mistake("Only the second term got its factor. By the chain rule all of 1 - t/y is multiplied by y.")
    def wrong_other_factor(z, t):
        return 1 - t

    @mistake("That is the slope of the squared error. Here the loss is another.")
    def wrong_squared_error(z, t):
        return (np.exp(z) - t) * np.exp(z)

    @says("The sign is wrong everywhere")
    def wrong_sign(z, t):
        return t - np.exp(z)

    @mistake("This is z - t, as for the identity. The answer is the exponential of z.")
    def wrong_identity(z, t):
        return z - t

    @mistake("That is the loss itself; its slope is asked.")
    def wrong_loss(z, t):
        return np.exp(z) - t * z


def curves():
    """Where to evaluate, places in order and heights, the same in every run."""
    x = np.linspace(-4, 5, 19)
    yield x, np.array([-2.0, 0.0, 1.0, 3.0]), np.array([1.0, -1.0, 2.0, 0.5])
    yield x, np.array([0.0, 1.0]), np.array([0.0, 1.0])
    yield x, np.array([-3.0, -2.5, 0.0, 0.5, 4.0]), np.array([2.0, 2.0, 0.0, 1.0, -1.0])


@implement("polygon", reference=np.interp, inputs=lambda: list(curves()), minutes=10)
class relu_polygon:
    r"""Any polygon from ReLUs.

    Build the network that the lesson used. `polygon(x, places, heights)` passes through the points with the
    coordinates `places` (in increasing order) and `heights`, is straight between them, and flat to the left of
    the first and to the right of the last. Use `relu`, and no comparison or interpolation.
    """

    hint = (
        "Which slopes does the line have, from far left to far right? Begin and end with 0. The weight of the unit at "
        "each place is the change of slope there: `np.diff` with `prepend` and `append`."
    )
    why = (
        "There is one unit per point. Its weight is the slope after the point minus the slope before. To the left "
        "of all points every unit is silent, so the height there has to be added as the bias of the output."
    )

    def solution(x, places, heights):
        from activations import relu

        slopes = np.diff(heights) / np.diff(places)
        changes = np.diff(slopes, prepend=0, append=0)
        return heights[0] + relu(np.subtract.outer(x, places)) @ changes

    @mistake(
        "To the right of the last point the line goes on rising or falling. There the slope has to return to 0."
    )
    def wrong_goes_on(x, places, heights):
        changes = np.diff(np.diff(heights) / np.diff(places), prepend=0)
        return heights[0] + relu(np.subtract.outer(x, places[:-1])) @ changes

    @mistake(
        "The first and the last point are kinks too: the line is flat before the one and after the other."
    )
    def wrong_inner_kinks_only(x, places, heights):
        changes = np.diff(np.diff(heights) / np.diff(places))
        return heights[0] + relu(np.subtract.outer(x, places[1:-1])) @ changes

    @mistake(
        "The units look the wrong way: a unit should be silent to the left of its place, not to the right."
    )
    def wrong_mirrored(x, places, heights):
        changes = np.diff(np.diff(heights) / np.diff(places), prepend=0, append=0)
        return heights[0] + relu(np.subtract.outer(places, x).T) @ changes

    @mistake("The bias of the output is missing: to the left of the first point every unit is silent.")
    def wrong_no_bias(x, places, heights):
        changes = np.diff(np.diff(heights) / np.diff(places), prepend=0, append=0)
        return relu(np.subtract.outer(x, places)) @ changes

    @mistake(
        "The weights are the slopes. A unit stays on once it has woken up, so each must add the change of slope "
        "only."
    )
    def wrong_slopes(x, places, heights):
        slopes = np.diff(heights) / np.diff(places)
        return heights[0] + relu(np.subtract.outer(x, places[:-1])) @ slopes

    @mistake("The weights are the heights. A ReLU does not bring a height, it brings a slope.")
    def wrong_heights(x, places, heights):
        return relu(np.subtract.outer(x, places)) @ heights

    @mistake("The weights are the changes of height. Divide by the distance of the places to get slopes.")
    def wrong_not_divided(x, places, heights):
        return heights[0] + relu(np.subtract.outer(x, places)) @ np.diff(
            np.diff(heights), prepend=0, append=0
        )

"""Exercises of the shrinkage chapter."""

import numpy as np

from activations import shrinkage
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


@picture("half_width", tolerance=0.1, minutes=2)
class read_dead_zone:
    r"""Read a dead zone off its picture.

    This is a soft shrinkage. What is its $\lambda$?
    """

    hint = "Where does the curve leave zero?"
    why = r"The curve is 0 from $-1.5$ to $1.5$. $\lambda$ is half the width of this dead zone."
    wrong = {
        3.0: "That is the whole width of the dead zone. λ is half of it.",
        -1.5: "That is the left end of the dead zone. λ is a width, and not negative.",
        2.5: "That is the value at x = 4. Look where the curve leaves 0.",
        0.5: "That is the default. Look where this curve leaves 0.",
    }

    def show():
        from activations.plotting import Picture, figure, palette

        fig = figure()
        ax = fig.subplots()
        x = np.array([-4.0, -1.5, 1.5, 4.0])
        ax.plot(x, shrinkage.soft_shrink(x, lambd=1.5), color=palette["blue"])
        ax.set(xlabel="x", ylabel="f(x)", xticks=range(-4, 5), yticks=range(-3, 4))
        return Picture(fig, "A line from (-4, -2.5) up to (-1.5, 0), flat to (1.5, 0), then up to (4, 2.5).")

    def solution():
        return 1.5


@implement(
    "my_hard_shrink", reference=shrinkage.hard_shrink, params=[{"lambd": 1.25}, {"lambd": 0.0}], minutes=3
)
class hard_shrinkage:
    r"""Keep or kill.

    Write the hard shrinkage for an array of any shape: $x$ where $|x| > \lambda$, else 0. At $|x| = \lambda$
    the value is 0.
    """

    hint = "Compare the absolute value with λ, and use the result to choose between x and 0."
    why = (
        r"A comparison is 0 or 1 when it is multiplied. The strict `>` puts $\pm\lambda$ into the dead zone."
    )

    def solution(x, lambd=0.5):
        return x * (np.abs(x) > lambd)

    @says("does not depend on lambd")
    def wrong_fixed(x, lambd=0.5):
        return x * (np.abs(x) > 0.5)

    @mistake("This keeps large positive inputs only. Large negative ones are large too.")
    def wrong_one_sided(x, lambd=0.5):
        return x * (x > lambd)

    @mistake("This gives only the sign of what survives. Hard shrinkage keeps the number itself.")
    def wrong_sign_only(x, lambd=0.5):
        return np.sign(x) * (np.abs(x) > lambd)

    @mistake("This keeps what is small and kills what is large.")
    def wrong_way_round(x, lambd=0.5):
        return x * (np.abs(x) <= lambd)

    @mistake("At |x| = λ the value is asked to be 0: the comparison must be strict.")
    def wrong_edge(x, lambd=0.5):
        return x * (np.abs(x) >= lambd)

    @mistake("This is the soft shrinkage. The hard one does not move what it keeps.")
    def wrong_soft(x, lambd=0.5):
        return np.sign(x) * np.maximum(np.abs(x) - lambd, 0)


@repair("soft", reference=shrinkage.soft_shrink, params=[{"lambd": 1.25}], minutes=4)
class soft_repair:
    r"""Repair a soft shrinkage.

    This version forgets what the dead zone is for. Repair it, so that it gives
    $\operatorname{sign}(x)\max(|x| - \lambda, 0)$.
    """

    hint = r"What does it give for $x = 0.1$ and $\lambda = 0.5$? What should it give?"
    why = r"""
    Inside the dead zone $|x| - \lambda$ is negative, and the sign of the result is turned over. The maximum
    with 0 cuts that off.
    """

    @mistake("In the dead zone the size |x| − λ is negative. It must not fall below 0.")
    def broken(x, lambd=0.5):
        return np.sign(x) * (np.abs(x) - lambd)

    def solution(x, lambd=0.5):
        return np.sign(x) * np.maximum(np.abs(x) - lambd, 0)

    @mistake("This is the hard shrinkage: it jumps. The soft one moves both branches towards 0.")
    def wrong_hard(x, lambd=0.5):
        return x * (np.abs(x) > lambd)

    @mistake("The left branch must move up, towards 0: there add λ.")
    def wrong_left_branch(x, lambd=0.5):
        return np.where(np.abs(x) > lambd, x - lambd, 0.0).astype(x.dtype)

    @mistake("This moves both branches away from 0. Take λ off the size.")
    def wrong_plus(x, lambd=0.5):
        return np.sign(x) * np.maximum(np.abs(x) + lambd, 0)

    @mistake("The other one of minimum and maximum: the size must not fall below 0.")
    def wrong_minimum(x, lambd=0.5):
        return np.sign(x) * np.minimum(np.abs(x) - lambd, 0)

    @mistake("This forgets the sign: negative inputs must give negative values.")
    def wrong_no_sign(x, lambd=0.5):
        return np.maximum(np.abs(x) - lambd, 0)


@derivative("soft_slope", reference=shrinkage.soft_shrink.derivative, params=[{"lambd": 1.25}], minutes=3)
class soft_derivative:
    r"""The slope of the soft shrinkage.

    Write its derivative for an array. At the kinks, $|x| = \lambda$, use the convention of this book and of
    PyTorch: 0. The slopes have the dtype of `x`.
    """

    hint = "How does the right branch, $x - λ$, change with $x$? And the left one?"
    why = r"Both branches are parallel to $x$, so their slope is 1, and λ, being a constant, does not show."

    def solution(x, lambd=0.5):
        return (np.abs(x) > lambd).astype(x.dtype)

    @mistake("The left branch falls towards the left, so it rises towards the right: its slope is 1, not −1.")
    def wrong_sign(x, lambd=0.5):
        return np.sign(x) * (np.abs(x) > lambd)

    @says("function itself; its derivative is asked")
    def wrong_value(x, lambd=0.5):
        return np.sign(x) * np.maximum(np.abs(x) - lambd, 0)

    @mistake("At the kinks the slope 0 is asked: the comparison must be strict.")
    def wrong_kinks(x, lambd=0.5):
        return (np.abs(x) >= lambd).astype(x.dtype)

    @says("returns True and False; numbers are asked")
    def wrong_truth_values(x, lambd=0.5):
        return np.abs(x) > lambd


@predict("blocked_share", tolerance=0.01)
class blocked:
    r"""Predict how much gradient the dead zone blocks.

    Pre-activations are drawn from a standard normal distribution. Which share of them lies in the dead zone
    of a shrinkage with $\lambda = 1$, where the slope is 0? Predict it to two decimals, as a number between
    0 and 1; the cell below the check counts.
    """

    hint = "How much of a normal distribution lies within one standard deviation of its mean?"
    why = r"The dead zone is $|z| \le 1$, which has the probability $\Phi(1) - \Phi(-1) = 0.68$."
    wrong = {
        0.3413: "That is the right half of the dead zone. It has a left half too.",
        0.3173: "That is the share outside the dead zone.",
        0.8413: "That is the share below 1. What lies below −1 is outside the dead zone.",
        0.5: "That would be ReLU, which blocks what is negative.",
        0.9545: "That is the share within two standard deviations. λ is one.",
    }
    after = """
        z = np.random.default_rng(0).normal(size=1_000_000)
        Folded("Counted", f"The share in the dead zone is {np.mean(np.abs(z) <= 1):.3f}.")
    """

    def solution():
        from statistics import NormalDist

        return 1 - 2 * NormalDist().cdf(-1)


@tune(
    "lambd",
    target=0.1,
    tolerance=0.005,
    goal="share of coefficients that survives",
    legal=(0.0, 5.0),
)
class survivors:
    r"""Tune a threshold to a budget.

    Noise has a standard deviation of 1. You can afford to let one coefficient in ten of pure noise survive.
    Which $\lambda$ does that? Work it out, or find it by trial: the check counts.
    """

    hint = r"Both tails count: $P(|z| > \lambda) = 0.1$. Which tail is that on one side?"
    why = r"Each tail may hold 5 %, and $\Phi(1.645) = 0.95$. `NormalDist().inv_cdf(0.95)` finds it."
    wrong = {
        1.2816: "That leaves 10 % on the right, and another 10 % on the left.",
        0.1257: "That is the threshold that kills 10 %. It is to leave 10 %.",
        1.96: "That leaves 2.5 % in each tail, 5 % in all.",
        0.1: "That is the share that survives. The threshold is asked.",
    }

    def measure(lambd):
        noise = np.random.default_rng(0).normal(size=1_000_000)
        return np.mean(shrinkage.hard_shrink(noise, lambd=lambd) != 0)

    def solution():
        from statistics import NormalDist

        return NormalDist().inv_cdf(0.95)


@quiz("choice")
class bias_or_jump:
    r"""What each of them costs.

    A signal has three coefficients, all near 10. The noise has a standard deviation of 0.5, and $\lambda = 2$.
    Which statement is true?
    """

    hint = "What do the two functions make of 10?"
    why = r"""
    Soft shrinkage turns 10 into 8. Hard shrinkage leaves it at 10. Few and large coefficients are the case
    in which the bias hurts most.
    """
    options = {
        "a": (
            "Both give the same result, since 10 is far above λ.",
            "Far above λ the soft branch is still lower by λ.",
        ),
        "b": ("Soft shrinkage makes each coefficient too small by 2.", ""),
        "c": (
            "Hard shrinkage makes each coefficient too small by 2.",
            "Hard shrinkage leaves alone what it keeps.",
        ),
        "d": (
            "Tanh shrinkage gives exact zeros for the noise.",
            "Tanh shrinkage makes small inputs very small, but only 0 itself becomes 0.",
        ),
    }
    answer = "b"


def problems():
    """Yield codes, matrices, data, step lengths and penalties, always the same."""
    rng = np.random.default_rng(2)
    for rows, columns in ((3, 5), (4, 4), (2, 6)):
        yield (
            rng.normal(size=columns).round(1),
            rng.normal(size=(rows, columns)).round(1),
            rng.normal(size=rows).round(1),
            0.25,
            0.8,
        )


def one_layer(x, A, y, step, penalty):
    """Return the proximal step by its definition: each entry minimises its own sum, by cases."""
    target = x - step * (A.T @ (A @ x) - A.T @ y)
    inside = np.abs(target) <= step * penalty
    return np.where(inside, 0.0, target - step * penalty * np.sign(target))


@implement("layer", reference=one_layer, inputs=lambda: list(problems()), minutes=6)
class sparse_layer:
    r"""One layer of a sparse coder.

    Write one step of ISTA: given the code `x` of shape `(columns,)`, the matrix `A` of shape
    `(rows, columns)`, the data `y` of shape `(rows,)`, the step length $\eta$ (`step`) and the penalty
    $\lambda$ (`penalty`), return $\operatorname{soft}_{\eta\lambda}(x + \eta A^{\mathsf T}(y - Ax))$. Use
    `soft_shrink`.
    """

    hint = "First the step of gradient descent, then the shrinkage. With which threshold?"
    why = r"""
    The penalty acts for one step of length $\eta$, so the threshold is $\eta\lambda$. Entries whose gradient
    step stays below it are set to exactly 0.
    """

    def solution(x, A, y, step, penalty):
        from activations import soft_shrink

        return soft_shrink(x + step * A.T @ (y - A @ x), lambd=step * penalty)

    @mistake("The threshold is step · penalty: the penalty acts for one step only.")
    def wrong_threshold(x, A, y, step, penalty):
        return shrinkage.soft_shrink(x + step * A.T @ (y - A @ x), lambd=penalty)

    @mistake("No threshold was passed, so the default 0.5 was used.")
    def wrong_default_threshold(x, A, y, step, penalty):
        return shrinkage.soft_shrink(x + step * A.T @ (y - A @ x))

    @mistake("The gradient is multiplied by the step length before it is added.")
    def wrong_full_step(x, A, y, step, penalty):
        return shrinkage.soft_shrink(x + A.T @ (y - A @ x), lambd=step * penalty)

    @mistake("The step starts from the old code: x is missing in the bracket.")
    def wrong_no_start(x, A, y, step, penalty):
        return shrinkage.soft_shrink(step * A.T @ (y - A @ x), lambd=step * penalty)

    @mistake("This goes uphill: the residual is y − Ax.")
    def wrong_uphill(x, A, y, step, penalty):
        return shrinkage.soft_shrink(x + step * A.T @ (A @ x - y), lambd=step * penalty)

    @mistake("This is the step of gradient descent alone. Shrink the result.")
    def wrong_no_shrinkage(x, A, y, step, penalty):
        return x + step * A.T @ (y - A @ x)

    @mistake("Shrink after the step, not before it: the old code is shrunk here, and the new one is not.")
    def wrong_order(x, A, y, step, penalty):
        x = shrinkage.soft_shrink(x, lambd=step * penalty)
        return x + step * A.T @ (y - A @ x)

    @mistake("This is the hard shrinkage. The penalty on |x| leads to the soft one.")
    def wrong_hard(x, A, y, step, penalty):
        return shrinkage.hard_shrink(x + step * A.T @ (y - A @ x), lambd=step * penalty)

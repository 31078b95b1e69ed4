"""Exercises of the periodic chapter."""

import numpy as np

from activations import periodic
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

NEAR = (-50.0, 50.0)  # far out, a rounding of ω·x is a different phase


@implement(
    "my_sine", reference=periodic.sine, params=[{"omega": 3.0}], within=NEAR, rtol=1e-7, atol=1e-9, minutes=2
)
class sine_wave:
    r"""A sine of a given frequency.

    Write $\sin(\omega_0 x)$ for an array of any shape. The default frequency is 30.
    """

    hint = "Which comes first, the frequency or the sine?"
    why = r"The frequency multiplies the input. A factor on the output would change the height of the wave."

    def solution(x, omega=30.0):
        return np.sin(omega * x)

    @says("does not depend on omega")
    def wrong_fixed(x, omega=30.0):
        return np.sin(30.0 * x)

    @mistake("This makes the wave higher, not faster: the frequency belongs inside the sine.")
    def wrong_outside(x, omega=30.0):
        return omega * np.sin(x)

    @mistake("Left out, the frequency is 30, as in the signature you were given.")
    def wrong_default(x, omega=1.0):
        return np.sin(omega * x)

    @mistake("This divides by the frequency: the wave gets slower as ω₀ grows.")
    def wrong_divides(x, omega=30.0):
        return np.sin(x / omega)

    @mistake("This is a frequency per turn: the formula has no 2π.")
    def wrong_turns(x, omega=30.0):
        return np.sin(2 * np.pi * omega * x)


@derivative(
    "sine_slope",
    reference=periodic.sine.derivative,
    params=[{"omega": 3.0}],
    within=NEAR,
    rtol=1e-7,
    atol=1e-7,
    minutes=3,
)
class sine_derivative:
    r"""The slope of the sine.

    Write the derivative of $\sin(\omega_0 x)$ with respect to $x$.
    """

    hint = r"Chain rule: the slope of the outer function at $\omega_0 x$, times the slope of the inner one."
    why = r"The inner slope $\omega_0$ is the reason why a SIREN needs weights smaller by that factor."

    def solution(x, omega=30.0):
        return omega * np.cos(omega * x)

    @mistake("The inner slope is missing: multiply by ω₀.")
    def wrong_no_inner(x, omega=30.0):
        return np.cos(omega * x)

    @mistake("The inner slope multiplies; dividing by it is for integrals.")
    def wrong_divides(x, omega=30.0):
        return np.cos(omega * x) / omega

    @mistake("The outer slope is taken at x; it belongs at ω₀x.")
    def wrong_place(x, omega=30.0):
        return omega * np.cos(x)

    @mistake("The derivative of the sine is plus the cosine.")
    def wrong_sign(x, omega=30.0):
        return -omega * np.cos(omega * x)

    @says("function itself; its derivative is asked")
    def wrong_value(x, omega=30.0):
        return np.sin(omega * x)


@picture("frequency", tolerance=0.4, minutes=3)
class read_frequency:
    r"""Read a frequency off its picture.

    This is $\sin(\omega_0 x)$. What is $\omega_0$?
    """

    hint = r"How long is one full wave? In that length, $\omega_0 x$ grows by $2\pi$."
    why = r"One wave has the length 0.5, so $\omega_0 = 2\pi / 0.5 = 12.6$."
    wrong = {
        2.0: "That is the number of waves per unit. A full wave is 2π, so multiply by it.",
        0.5: "That is the length of a wave. The frequency is 2π over it.",
        6.283: "That is 2π, the frequency of a wave of length 1. These are shorter.",
        25.13: "Half a wave has the length 0.25. Count a full one: up, down, and back.",
    }

    def show():
        from activations.plotting import Picture, figure, palette

        fig = figure()
        ax = fig.subplots()
        x = np.linspace(0, 1.5, 200)
        ax.plot(x, periodic.sine(x, omega=4 * np.pi), color=palette["blue"])
        ax.set(xlabel="x", ylabel="f(x)", xticks=[0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5])
        return Picture(
            fig, "A wave that starts at 0, goes up first, and is back at 0 on its way up at 0.5, 1 and 1.5."
        )

    def solution():
        return 4 * np.pi


@predict("bound", tolerance=0.0005)
class siren_bound:
    r"""Predict a SIREN's weights.

    A hidden layer of a SIREN has 64 inputs and $\omega_0 = 30$. Its weights are drawn from $U(-b, b)$. What
    is $b$? Give it to four decimals.
    """

    hint = r"The bound is $\sqrt{6/n}/\omega_0$ for every layer but the first."
    why = r"$\sqrt{6/64}/30 = 0.0102$. A uniform distribution up to $b$ has the variance $b^2/3 = 2/(\omega_0^2 n)$."
    wrong = {
        0.3062: "That is the bound without ω₀: divide by it, or the sines wrap around many times.",
        0.0156: "That is 1/64, the bound of the first layer.",
        0.0059: "That is the standard deviation of the weights. The bound is √3 times that.",
        0.00010: "That is the square of the bound. Take the root of 6/n first.",
    }
    after = r"""
        from activations.initialisers import siren

        drawn, _ = siren(np.random.default_rng(0), 64, 64)
        Folded("Measured", f"The largest of 4096 drawn weights is {np.abs(drawn).max():.4f}.")
    """

    def solution():
        return np.sqrt(6 / 64) / 30


@repair(
    "snake", reference=periodic.snake, params=[{"alpha": 3.0}], within=NEAR, rtol=1e-7, atol=1e-9, minutes=4
)
class snake_repair:
    r"""Repair a snake.

    Snake is $x + \frac{1}{\alpha}\sin^2(\alpha x)$. This copy is right for $\alpha = 1$ and wrong for every
    other frequency. Repair it.
    """

    hint = "With a higher frequency the waves should also get lower. Do they?"
    why = r"""
    The factor $1/\alpha$ keeps the steepest slope at 2 whatever the frequency. Without it the slope of the
    wave grows with $\alpha$ and turns negative.
    """

    @mistake("The wave must get lower as it gets faster: the factor 1/α is missing.")
    def broken(x, alpha=1.0):
        return x + np.sin(alpha * x) ** 2

    def solution(x, alpha=1.0):
        return x + np.sin(alpha * x) ** 2 / alpha

    @mistake("Only the wave is divided by α; the identity stays as it is.")
    def wrong_divides_all(x, alpha=1.0):
        return (x + np.sin(alpha * x) ** 2) / alpha

    @mistake("This squares the input of the sine. Its output is squared.")
    def wrong_square(x, alpha=1.0):
        return x + np.sin((alpha * x) ** 2) / alpha

    @mistake("The wave is divided by α, not multiplied by it.")
    def wrong_multiplies(x, alpha=1.0):
        return x + alpha * np.sin(alpha * x) ** 2

    @mistake("The square is missing: without it the slope turns negative.")
    def wrong_no_square(x, alpha=1.0):
        return x + np.sin(alpha * x) / alpha

    @mistake("The frequency belongs inside the sine as well.")
    def wrong_frequency(x, alpha=1.0):
        return x + np.sin(x) ** 2 / alpha


@derivative(
    "snake_slope",
    reference=periodic.snake.derivative,
    params=[{"alpha": 3.0}],
    within=NEAR,
    rtol=1e-7,
    atol=1e-9,
    minutes=4,
)
class snake_derivative:
    r"""The slope of snake.

    Write the derivative of $x + \frac{1}{\alpha}\sin^2(\alpha x)$. Can it be negative?
    """

    hint = r"Derive the square first: $2 \sin(\alpha x)$ times the derivative of $\sin(\alpha x)$."
    why = r"""
    $\frac{1}{\alpha}\cdot 2\sin(\alpha x)\cdot\alpha\cos(\alpha x) = \sin(2\alpha x)$, which is at least
    $-1$. So the slope lies between 0 and 2, and snake never decreases.
    """

    def solution(x, alpha=1.0):
        return 1 + np.sin(2 * alpha * x)

    @mistake("The inner slope α and the factor 1/α cancel; here α is left over.")
    def wrong_alpha_left(x, alpha=1.0):
        return 1 + alpha * np.sin(2 * alpha * x)

    @mistake("The derivative of a square needs the factor 2: 2 sin cos is sin of the double angle.")
    def wrong_factor(x, alpha=1.0):
        return 1 + np.sin(alpha * x) * np.cos(alpha * x)

    @mistake("The square has an inner function: multiply by the slope of sin αx, which brings in the cosine.")
    def wrong_no_chain(x, alpha=1.0):
        return 1 + 2 * np.sin(alpha * x) / alpha

    @mistake("The slope of sin αx is α cos αx; its factor α cancels the 1/α.")
    def wrong_inner_slope(x, alpha=1.0):
        return 1 + 2 * np.sin(alpha * x) * np.cos(alpha * x) / alpha

    @mistake("The identity adds a slope of 1.")
    def wrong_no_identity(x, alpha=1.0):
        return np.sin(2 * alpha * x)

    @says("function itself; its derivative is asked")
    def wrong_value(x, alpha=1.0):
        return x + np.sin(alpha * x) ** 2 / alpha


@tune(
    "sigma",
    target=1.0,
    tolerance=0.03,
    goal="standard deviation of ω₀z in the eighth layer",
    legal=(1e-5, 1.0),
)
class siren_spread:
    r"""Tune weights to a sine.

    A network has eight layers of 128 sines with $\omega_0 = 30$. Weights are normal with mean 0 and standard
    deviation $\sigma$; there are no biases. Which $\sigma$ keeps the standard deviation of $\omega_0 z$ at
    1? The lesson's formula comes close; find the last ten per cent by trial or by a better formula.
    """

    hint = r"""
    The formula assumes that the sines have a mean square of $\frac12$. For $z' \sim N(0, 1)$ the mean of
    $\sin^2 z'$ is $(1 - e^{-2})/2$.
    """
    why = r"""
    $\omega_0^2\, n\, \sigma^2\, \overline{\sin^2} = 1$ with $\overline{\sin^2} = (1 - e^{-2})/2 = 0.432$ gives
    $\sigma = 0.0045$. The published bound takes $\frac12$, which is simpler and ends at 0.9.
    """
    wrong = {
        0.004167: "That is √2/(ω₀√n). The mean square of these sines is a little below one half.",
        0.125: "That is √(2/n), He's: the frequency multiplies it by 30.",
        0.0884: "That is 1/√n, which forgets the frequency.",
        0.007217: "That is the bound of the uniform distribution. Its standard deviation is smaller by √3.",
    }

    def measure(sigma):
        rng = np.random.default_rng(0)
        x = np.sin(rng.normal(size=(500, 128)))
        for _ in range(8):
            z = 30 * (x @ rng.normal(scale=sigma, size=(128, 128)))
            x = np.sin(z)
        return z.std()

    def solution():
        mean_square = (1 - np.exp(-2)) / 2
        return 1 / (30 * np.sqrt(128 * mean_square))


@quiz("symptom")
class wrong_frequency:
    r"""Diagnose a picture network.

    A SIREN was trained on every second pixel of a photograph. At the training pixels it is nearly perfect.
    In between it shows a wild grain. What is the most likely cause?
    """

    hint = r"What can a network do between two training points when its sines are very fast?"
    why = r"""
    Fast sines can pass through every training point and do anything in between. A lower $\omega_0$ makes the
    network prefer smooth pictures.
    """
    options = {
        "a": (
            r"$\omega_0$ is too low.",
            "Too low a frequency blurs: it would miss the training pixels as well.",
        ),
        "b": (r"$\omega_0$ is too high.", ""),
        "c": ("The sines are saturated.", "A sine does not saturate: its slope has no limit far out."),
        "d": (
            "The network has too few weights.",
            "A network that is nearly perfect at its training pixels has enough weights for them.",
        ),
    }
    answer = "b"

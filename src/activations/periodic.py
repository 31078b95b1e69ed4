"""The periodic family: functions that come back, for signals that do."""

import numpy as np

from activations.core import Activation, Interval, Param, Spelling
from activations.numerics import sin_product

__all__ = ["sine", "snake"]

POSITIVE = "(0, inf)"


def sine(x, omega=30.0):
    r"""Sine, :math:`\sin(\omega x)`.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    omega : float, default 30
        The frequency :math:`\omega`; any finite number above 0.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `omega` is not above 0, or not finite.

    Notes
    -----
    There is no kink. At ±∞ there is no limit: value and derivative are NaN.

    References
    ----------
    Sitzmann, Martel, Bergman, Lindell and Wetzstein (2020), Implicit neural representations with periodic activation
    functions.

    Examples
    --------
    >>> print(sine([0.0, 0.5], omega=1.0).round(4))
    [0.     0.4794]
    """
    return sin_product(omega, x)


def sine_prime(x, omega):
    return omega * sin_product(omega, x, 1 / 2)


sine = Activation(
    sine,
    sine_prime,
    latex=r"\sin(\omega x)",
    derivative_latex=r"\omega \cos(\omega x)",
    params={"omega": Param(30.0, POSITIVE, (0.5, 30, 0.5), "frequency ω")},
    image=Interval("[-1, 1]"),
    monotone=False,
    source="sitzmann2020implicit",
    frameworks={
        "torch": Spelling("torch.sin", names={"omega": None}, defaults={"omega": 1.0}, note="ω is 1"),
        "keras": Spelling("keras.ops.sin", names={"omega": None}, defaults={"omega": 1.0}, note="ω is 1"),
        "jax": Spelling("jax.numpy.sin", names={"omega": None}, defaults={"omega": 1.0}, note="ω is 1"),
        "onnx": Spelling("Sin", names={"omega": None}, defaults={"omega": 1.0}, note="ω is 1"),
    },
)


def snake(x, alpha=1.0):
    r"""Snake, :math:`x + \frac{1}{\alpha} \sin^2(\alpha x)`: a trend and a wave about it.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    alpha : float, default 1
        The frequency :math:`\alpha`; any finite number above 0.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `alpha` is not above 0, or not finite.

    Notes
    -----
    There is no kink. The slope is never negative; it is 0 once a period. At ±∞ it has no limit and is NaN.

    References
    ----------
    Ziyin, Hartwig and Ueda (2020), Neural networks fail to learn periodic functions and how to fix it.

    Examples
    --------
    >>> print(snake([-1.0, 0.0, 1.0]).round(4))
    [-0.2919  0.      1.7081]
    """
    s = sin_product(alpha, x)
    return x + np.fmax(s * s, 0) / alpha  # at ±∞, where the sine is NaN, fmax makes that 0


def snake_prime(x, alpha):
    s = sin_product(alpha, x, 1 / 4)
    return 2 * s * s  # 1 + sin(2αx), which would cancel where the slope is small


snake = Activation(
    snake,
    snake_prime,
    latex=r"x + \frac{1}{\alpha} \sin^2(\alpha x)",
    derivative_latex=r"1 + \sin(2 \alpha x)",
    params={"alpha": Param(1.0, POSITIVE, (0.2, 10, 0.2), "frequency α")},
    source="ziyin2020neural",
)

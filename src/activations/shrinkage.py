"""The shrinkage family: small inputs become zero, or nearly so; large ones pass, sparse codes being the aim."""

import math

import numpy as np

from activations.core import Activation, Interval, Param, Spelling
from activations.numerics import at_most, is_positive, select

__all__ = ["hard_shrink", "soft_shrink", "tanh_shrink"]

LAMBDA = {"lambd": Param(0.5, "[0, inf)", (0, 2, 0.1), "half-width λ of the dead zone")}


def hard_shrink(x, lambd=0.5):
    r"""Hard shrinkage: :math:`x` where :math:`|x| > \lambda`, else 0.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    lambd : float, default 0.5
        The half-width :math:`\lambda` of the dead zone; any finite number of at least 0.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `lambd` is negative or not finite.

    Notes
    -----
    The function jumps at :math:`\pm\lambda`, where value and derivative are 0, as in PyTorch.

    References
    ----------
    Donoho and Johnstone (1994), Ideal spatial adaptation by wavelet shrinkage.

    Examples
    --------
    >>> print(hard_shrink([-2.0, 0.25, 0.75]))
    [-2.    0.    0.75]
    """
    size = np.abs(x)
    return np.multiply(x, size > lambd, out=size)


def hard_shrink_prime(x, lambd):
    return is_positive(np.abs(x) - lambd)


hard_shrink = Activation(
    hard_shrink,
    hard_shrink_prime,
    latex=r"\begin{cases} x & |x| > \lambda \\ 0 & |x| \le \lambda \end{cases}",
    derivative_latex=r"\begin{cases} 1 & |x| > \lambda \\ 0 & |x| \le \lambda \end{cases}",
    params=LAMBDA,
    joints=lambda lambd: (-lambd, lambd) if lambd else (),
    smoothness=lambda lambd: -1 if lambd else math.inf,
    source="donoho1994ideal",
    frameworks={
        "torch": Spelling("torch.nn.functional.hardshrink"),
        "keras": Spelling("keras.ops.hard_shrink", names={"lambd": "threshold"}),
        "onnx": Spelling("Shrink", note="with bias=0, its default"),
    },
)


def soft_shrink(x, lambd=0.5):
    r"""Soft shrinkage, :math:`\mathrm{sign}(x) \max(|x| - \lambda, 0)`.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    lambd : float, default 0.5
        The half-width :math:`\lambda` of the dead zone; any finite number of at least 0.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `lambd` is negative or not finite.

    Notes
    -----
    At both kinks, :math:`\pm\lambda`, the derivative is 0, as in PyTorch.

    References
    ----------
    Donoho and Johnstone (1994), Ideal spatial adaptation by wavelet shrinkage.

    Examples
    --------
    >>> print(soft_shrink([-2.0, 0.25, 0.75]))
    [-1.5   0.    0.25]
    """
    inside = x.clip(-lambd, lambd)
    return np.subtract(x, inside, out=inside)


def soft_shrink_prime(x, lambd):
    return is_positive(np.abs(x) - lambd)


soft_shrink = Activation(
    soft_shrink,
    soft_shrink_prime,
    latex=r"\mathrm{sign}(x) \max(|x| - \lambda, 0)",
    derivative_latex=r"\begin{cases} 1 & |x| > \lambda \\ 0 & |x| \le \lambda \end{cases}",
    params=LAMBDA,
    joints=lambda lambd: (-lambd, lambd) if lambd else (),
    smoothness=lambda lambd: 0 if lambd else math.inf,
    source="donoho1994ideal",
    frameworks={
        "torch": Spelling("torch.nn.functional.softshrink"),
        "keras": Spelling("keras.ops.soft_shrink", names={"lambd": "threshold"}),
        "onnx": Spelling(
            "Shrink", extra={"bias": 0.5}, note="bias is λ too; its default is 0, which is hard_shrink"
        ),
    },
)


def tanh_shrink(x):
    r"""Tanh shrinkage, :math:`x - \tanh x`.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape and float dtype of `x`.

    Notes
    -----
    There is no kink. Written as a difference it cancels near 0, where it is about :math:`x^3/3`. We use Lambert's
    continued fraction of tanh there.

    References
    ----------
    Kunc and Kléma (2024), Three decades of activations.

    Examples
    --------
    >>> print(tanh_shrink([-1.0, 1e-5]))
    [-2.38405844e-01  3.33333333e-16]
    """
    s = x * x
    far = s > 2.25  # |x| > 1.5: the difference is large enough to keep its digits
    s = at_most(s, 2.25)
    c = s / 19
    c += 17
    for k in (15, 13, 11, 9, 7, 5, 3):
        np.divide(s, c, out=c)
        c += k
    near = x * (s / (s + c))  # tanh x = x/(1 + s/c) with c = 3 + s/(5 + s/(7 + …))
    return select(far, x - np.tanh(x), near)


def tanh_shrink_prime(x):
    t = np.tanh(x)
    return t * t


tanh_shrink = Activation(
    tanh_shrink,
    tanh_shrink_prime,
    latex=r"x - \tanh x",
    derivative_latex=r"\tanh^2 x",
    image=Interval(),
    source="kunc2024three",
    frameworks={
        "torch": Spelling("torch.nn.functional.tanhshrink"),
        "keras": Spelling("keras.ops.tanh_shrink"),
    },
)

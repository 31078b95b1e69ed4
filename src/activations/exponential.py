"""The exponential family: rectifiers whose corner, or whose left side, is rounded off by an exponential."""

import math
from fractions import Fraction

import numpy as np

from activations.core import Activation, Interval, Param, Spelling
from activations.numerics import at_least, at_most, exp_product, expm1, is_positive, log1p

__all__ = ["celu", "elu", "selu", "softplus", "sparse_plus", "squareplus"]

POSITIVE = "(0, inf)"

# Fixed so that mean 0 and variance 1 pass through a layer unchanged; derived in the lesson.
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def softplus(x, beta=1.0):
    r"""Softplus, :math:`\frac{1}{\beta} \log(1 + e^{\beta x})`: a smooth ReLU.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    beta : float, default 1
        The sharpness :math:`\beta`; any finite number above 0. ReLU is the limit of large :math:`\beta`.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `beta` is not above 0, or not finite.

    Notes
    -----
    There is no kink. Written as in the formula it overflows from :math:`\beta x = 709.8` (88.7 in float32) and gives
    0 below −36, where :math:`1 + e^{\beta x}` rounds to 1.

    References
    ----------
    Dugas, Bengio, Bélisle, Nadeau and Garcia (2001), Incorporating second-order functional knowledge for better
    option pricing.

    Examples
    --------
    >>> print(softplus([-1000.0, 0.0, 1000.0]).round(4))
    [0.000e+00 6.931e-01 1.000e+03]
    """
    return at_least(x, 0) + log1p(exp_product(-beta, np.abs(x))) / beta


def softplus_prime(x, beta):
    return 1 / (1 + exp_product(-beta, x))


softplus = Activation(
    softplus,
    softplus_prime,
    latex=r"\frac{1}{\beta} \log\left(1 + e^{\beta x}\right)",
    derivative_latex=r"\sigma(\beta x)",
    params={"beta": Param(1.0, POSITIVE, (0.2, 8, 0.1), "sharpness β")},
    image=Interval("[0, inf)"),
    source="dugas2001incorporating",
    frameworks={
        "torch": Spelling(
            "torch.nn.functional.softplus",
            note="becomes exactly x where beta·x > threshold=20, an error of 2e-9",
        ),
        "keras": Spelling("keras.ops.softplus", names={"beta": None}),
        "jax": Spelling("jax.nn.softplus", names={"beta": None}),
        "onnx": Spelling("Softplus", names={"beta": None}),
    },
)


def elu(x, alpha=1.0):
    r"""Exponential linear unit: :math:`x` for :math:`x > 0`, else :math:`\alpha (e^x - 1)`.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    alpha : float, default 1
        Minus the limit :math:`\alpha` on the left; any finite number above 0.

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
    At 0 the slope is :math:`\alpha` from the left and 1 from the right: a kink unless :math:`\alpha = 1`. We use
    :math:`\alpha` there, as PyTorch and JAX do.

    References
    ----------
    Clevert, Unterthiner and Hochreiter (2016), Fast and accurate deep network learning by exponential linear units.

    Examples
    --------
    >>> print(elu([-1.0, 0.0, 2.0]).round(4))
    [-0.6321  0.      2.    ]
    """
    return at_least(x, 0) + alpha * expm1(at_most(x, 0))


def elu_prime(x, alpha):
    e = np.exp(at_most(x, 0))
    if alpha == 1:
        return e  # 1 for x > 0
    positive = is_positive(x)
    return positive + alpha * (1 - positive) * e


elu = Activation(
    elu,
    elu_prime,
    latex=r"\begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \le 0 \end{cases}",
    derivative_latex=r"\begin{cases} 1 & x > 0 \\ \alpha e^x & x \le 0 \end{cases}",
    params={"alpha": Param(1.0, POSITIVE, (0.1, 3, 0.1), "minus the limit α on the left")},
    image=lambda alpha: Interval(low=-alpha),
    joints=(0.0,),
    smoothness=lambda alpha: 1 if alpha == 1 else 0,
    source="clevert2016fast",
    frameworks={
        "torch": Spelling("torch.nn.functional.elu"),
        "keras": Spelling("keras.ops.elu"),
        "jax": Spelling("jax.nn.elu"),
        "onnx": Spelling("Elu"),
    },
)


def celu(x, alpha=1.0):
    r"""Continuously differentiable exponential linear unit, with :math:`\alpha (e^{x/\alpha} - 1)` on the left.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    alpha : float, default 1
        Minus the limit :math:`\alpha` on the left; any finite number above 0.

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
    The pieces meet at 0 with slope 1, whatever :math:`\alpha`. The second derivative jumps there.

    References
    ----------
    Barron (2017), Continuously differentiable exponential linear units.

    Examples
    --------
    >>> print(celu([-1.0, 0.0, 2.0], alpha=0.5).round(4))
    [-0.4323  0.      2.    ]
    """
    return at_least(x, 0) + alpha * expm1(at_most(x, 0) / alpha)


def celu_prime(x, alpha):
    return exp_product(1 / Fraction(alpha), at_most(x, 0))  # 1/α as a float would be off by an ulp


celu = Activation(
    celu,
    celu_prime,
    latex=r"\max(0, x) + \min\left(0, \alpha (e^{x/\alpha} - 1)\right)",
    derivative_latex=r"\begin{cases} 1 & x > 0 \\ e^{x/\alpha} & x \le 0 \end{cases}",
    params={"alpha": Param(1.0, POSITIVE, (0.1, 3, 0.1), "minus the limit α on the left")},
    image=lambda alpha: Interval(low=-alpha),
    joints=(0.0,),
    smoothness=1,
    source="barron2017continuously",
    frameworks={
        "torch": Spelling("torch.nn.functional.celu"),
        "keras": Spelling("keras.ops.celu"),
        "jax": Spelling("jax.nn.celu"),
        "onnx": Spelling("Celu"),
    },
)


def selu(x):
    r"""Scaled exponential linear unit, :math:`\lambda\,\mathrm{elu}(x; \alpha)` with two fixed constants.

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
    The constants are :math:`\lambda = 1.0507009873554805` and :math:`\alpha = 1.6732632423543772`. At the kink 0 the
    slope is :math:`\lambda\alpha` from the left and :math:`\lambda` from the right. We use :math:`\lambda\alpha`
    there, as PyTorch and JAX do.

    References
    ----------
    Klambauer, Unterthiner, Mayr and Hochreiter (2017), Self-normalizing neural networks.

    Examples
    --------
    >>> print(selu([-1.0, 0.0, 2.0]).round(4))
    [-1.1113  0.      2.1014]
    """
    return SELU_SCALE * at_least(x, 0) + SELU_SCALE * SELU_ALPHA * expm1(at_most(x, 0))


def selu_prime(x):
    positive = is_positive(x)
    return SELU_SCALE * positive + SELU_SCALE * SELU_ALPHA * (1 - positive) * np.exp(at_most(x, 0))


selu = Activation(
    selu,
    selu_prime,
    latex=r"\lambda \begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \le 0 \end{cases}",
    derivative_latex=r"\lambda \begin{cases} 1 & x > 0 \\ \alpha e^x & x \le 0 \end{cases}",
    image=Interval(low=-SELU_SCALE * SELU_ALPHA),
    joints=(0.0,),
    smoothness=0,
    source="klambauer2017self",
    frameworks={
        "torch": Spelling("torch.nn.functional.selu"),
        "keras": Spelling("keras.ops.selu"),
        "jax": Spelling("jax.nn.selu"),
        "onnx": Spelling("Selu", note="alpha and gamma (our λ) can be set"),
    },
)


def squareplus(x, b=4.0):
    r"""Squareplus, :math:`\frac{1}{2} (x + \sqrt{x^2 + b})`: a smooth ReLU without an exponential.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    b : float, default 4
        The width :math:`b` of the bend; any finite number of at least 0. ReLU is the case 0.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `b` is negative or not finite.

    Notes
    -----
    There is no kink unless :math:`b = 0`; then the derivative at 0 is 0, as for ReLU. Written as in the formula it
    cancels for :math:`x < 0`.

    References
    ----------
    Barron (2021), Squareplus: a softplus-like algebraic rectifier.

    Examples
    --------
    >>> print(squareplus([-1e9, 0.0, 1.5]))
    [1.e-09 1.e+00 2.e+00]
    """
    if b == 0:
        return at_least(x, 0)
    a = np.abs(x)
    return at_least(x, 0) + b / 4 / (
        a / 2 + _root(a, b) / 2
    )  # at −a the value is (b/2)/(a + √), at a it is a more


def squareplus_prime(x, b):
    if b == 0:
        return is_positive(x)
    a = np.abs(x)
    root = _root(a, b)
    left = b / 4 / (a / 2 + root / 2) / root  # the slope at −a; at a it is 1 minus this
    return np.abs(is_positive(x) - left)


def _root(a, b):
    """Return √(a² + b) without overflow: for huge a it is a."""
    limit = 2.0**500 if a.dtype == np.float64 else 2.0**60
    square = at_most(a, limit)
    return np.maximum(np.sqrt(square * square + b), a)


squareplus = Activation(
    squareplus,
    squareplus_prime,
    latex=r"\frac{x + \sqrt{x^2 + b}}{2}",
    derivative_latex=r"\frac{1}{2} + \frac{x}{2\sqrt{x^2 + b}}",
    params={"b": Param(4.0, "[0, inf)", (0, 10, 0.25), "width b of the bend")},
    image=Interval("[0, inf)"),
    joints=lambda b: () if b else (0.0,),
    smoothness=lambda b: math.inf if b else 0,
    source="barron2021squareplus",
    frameworks={
        "keras": Spelling("keras.ops.squareplus"),
        "jax": Spelling("jax.nn.squareplus"),
    },
)


def sparse_plus(x):
    r"""Sparse plus: 0 up to −1, :math:`\frac{1}{4}(x + 1)^2` from −1 to 1, :math:`x` from 1 on.

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
    At both joints, −1 and 1, value and slope of the pieces agree; the second derivative jumps. The derivative is
    `sparse_sigmoid`.

    References
    ----------
    Martins and Astudillo (2016), From softmax to sparsemax.

    Examples
    --------
    >>> print(sparse_plus([-2.0, 0.0, 3.0]))
    [0.   0.25 3.  ]
    """
    t = x.clip(-1, 1) + 1
    return np.maximum(t * t / 4, x)  # the parabola lies above the line x, which it touches at 1


def sparse_plus_prime(x):
    return ((x + 1) / 2).clip(0, 1)


sparse_plus = Activation(
    sparse_plus,
    sparse_plus_prime,
    latex=r"\begin{cases} 0 & x \le -1 \\ \frac{1}{4}(x + 1)^2 & -1 < x < 1 \\ x & x \ge 1 \end{cases}",
    derivative_latex=r"\min\left(\max\left(0, \frac{x + 1}{2}\right), 1\right)",
    image=Interval("[0, inf)"),
    joints=(-1.0, 1.0),
    smoothness=1,
    source="martins2016softmax",
    frameworks={
        "keras": Spelling("keras.ops.sparse_plus"),
        "jax": Spelling("jax.nn.sparse_plus"),
    },
)

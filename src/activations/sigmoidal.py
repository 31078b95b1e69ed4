"""The sigmoidal family: S-shaped functions, which squash every input into a band and saturate on both sides."""

import math

import numpy as np

from activations.core import Activation, Interval, Param, Spelling, in_one_pass
from activations.numerics import at_most, is_positive, log1p

__all__ = [
    "hard_sigmoid",
    "hard_tanh",
    "log_sigmoid",
    "logistic",
    "sigmoid",
    "softsign",
    "sparse_sigmoid",
    "tanh",
]

REAL = "(-inf, inf)"


def sigmoid(x):
    r"""Logistic sigmoid, :math:`\sigma(x) = 1 / (1 + e^{-x})`.

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
    There is no kink. The value rounds to exactly 1 from about 37 in float64 and 16.7 in float32; the derivative keeps
    all its digits there.

    References
    ----------
    Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors.

    Examples
    --------
    >>> print(sigmoid([-1000.0, 0.0, 1000.0]))
    [0.  0.5 1. ]
    """
    # Where exp overflows to inf the quotient is 0, which is right: σ(x) is below the smallest normal number.
    denominator = np.exp(-x)
    denominator += 1
    return np.divide(1, denominator, out=denominator)


def sigmoid_prime(x):
    e = np.exp(-np.abs(x))  # σ′ is even; on this side nothing overflows and nothing cancels
    d = 1 + e
    return e / (d * d)


sigmoid = Activation(
    sigmoid,
    sigmoid_prime,
    latex=r"\frac{1}{1 + e^{-x}}",
    derivative_latex=r"\sigma(x)\,(1 - \sigma(x))",
    aliases=("logistic",),
    image=Interval("[0, 1]"),
    source="rumelhart1986learning",
    frameworks={
        "torch": Spelling("torch.sigmoid"),
        "keras": Spelling("keras.ops.sigmoid"),
        "jax": Spelling("jax.nn.sigmoid"),
        "onnx": Spelling("Sigmoid"),
    },
)
logistic = sigmoid


def log_sigmoid(x):
    r"""Logarithm of the sigmoid, :math:`\log \sigma(x) = -\log(1 + e^{-x})`.

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
    There is no kink. Taking the logarithm of the computed sigmoid fails on both sides: it gives 0 from 37 on, where
    the sigmoid rounds to 1, and −∞ below −709.8, where the sigmoid is 0.

    References
    ----------
    Bishop (2006), Pattern recognition and machine learning, section 4.3.2.

    Examples
    --------
    >>> print(log_sigmoid([-1000.0, 40.0]))
    [-1.00000000e+03 -4.24835426e-18]
    """
    return at_most(x, 0) - log1p(np.exp(-np.abs(x)))


def log_sigmoid_prime(x):
    return 1 / (1 + np.exp(x))  # 1 − σ(x) = σ(−x), which does not cancel


log_sigmoid = Activation(
    log_sigmoid,
    log_sigmoid_prime,
    latex=r"\log \sigma(x) = -\log(1 + e^{-x})",
    derivative_latex=r"1 - \sigma(x) = \sigma(-x)",
    image=Interval("(-inf, 0]"),
    source="bishop2006pattern",
    frameworks={
        "torch": Spelling("torch.nn.functional.logsigmoid"),
        "keras": Spelling("keras.ops.log_sigmoid"),
        "jax": Spelling("jax.nn.log_sigmoid"),
    },
)


@in_one_pass
def tanh(x):
    r"""Hyperbolic tangent, :math:`\tanh x = 2\sigma(2x) - 1`.

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
    There is no kink. The derivative is not computed as :math:`1 - \tanh^2 x`, which cancels once the value is
    close to ±1.

    References
    ----------
    LeCun, Bottou, Orr and Müller (1998), Efficient BackProp.

    Examples
    --------
    >>> print(tanh(1.0).round(4), tanh.derivative(0.0))
    0.7616 1.0
    """
    return np.tanh(x)


def tanh_prime(x):
    q = np.exp(-2 * np.abs(x))
    d = 1 + q
    return 4 * q / (d * d)


tanh = Activation(
    tanh,
    tanh_prime,
    latex=r"\tanh x = 2\sigma(2x) - 1",
    derivative_latex=r"1 - \tanh^2 x",
    image=Interval("[-1, 1]"),
    source="lecun1998efficient",
    frameworks={
        "torch": Spelling("torch.tanh"),
        "keras": Spelling("keras.ops.tanh"),
        "jax": Spelling("jax.nn.tanh"),
        "onnx": Spelling("Tanh"),
    },
)


def softsign(x):
    r"""Softsign, :math:`x / (1 + |x|)`: a sigmoid whose tails are algebraic instead of exponential.

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
    The pieces meet at 0 with the same value and slope (1), so the derivative has no convention to choose; the second
    derivative jumps there from 2 to −2.

    References
    ----------
    Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural networks.

    Examples
    --------
    >>> print(softsign([-1.0, 3.0, float("inf")]))
    [-0.5   0.75  1.  ]
    """
    x = x.clip(-1e30, 1e30)  # changes no value, which is ±1 there, but spares ±∞ the NaN of ∞/∞
    denominator = np.abs(x)
    denominator += 1
    return np.divide(x, denominator, out=denominator)


def softsign_prime(x):
    r = 1 / (1 + np.abs(x))
    return r * r


softsign = Activation(
    softsign,
    softsign_prime,
    latex=r"\frac{x}{1 + |x|}",
    derivative_latex=r"\frac{1}{(1 + |x|)^2}",
    image=Interval("[-1, 1]"),
    joints=(0.0,),
    smoothness=1,
    source="glorot2010understanding",
    frameworks={
        "torch": Spelling("torch.nn.functional.softsign"),
        "keras": Spelling("keras.ops.softsign"),
        "jax": Spelling("jax.nn.soft_sign"),
        "onnx": Spelling("Softsign"),
    },
)


def _inside(x, low, high):
    """Return 1 where low < x < high, else 0; NaN stays NaN."""
    return is_positive(np.minimum(x - low, high - x))


def hard_sigmoid(x, slope=1 / 6, offset=0.5):
    r"""Piecewise linear sigmoid, :math:`\min(\max(0, s\,x + b), 1)`.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    slope : float, default 1/6
        The slope :math:`s` of the middle piece; any finite number above 0.
    offset : float, default 0.5
        The value :math:`b` at 0; any finite number.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `slope` is not above 0, or a parameter is not finite.

    Notes
    -----
    At both kinks, −3 and 3 for the defaults, the derivative is 0, as in PyTorch.

    References
    ----------
    Howard et al. (2019), Searching for MobileNetV3.

    Examples
    --------
    >>> print(hard_sigmoid([-4.0, 0.0, 1.5]))
    [0.   0.5  0.75]
    """
    line = x + offset / slope
    line *= slope
    return line.clip(0, 1, out=line)  # (x + 3)/6 loses no digit near −3, x/6 + 1/2 does


def hard_sigmoid_prime(x, slope, offset):
    return slope * _inside(x, -offset / slope, (1 - offset) / slope)


hard_sigmoid = Activation(
    hard_sigmoid,
    hard_sigmoid_prime,
    latex=r"\min(\max(0, s\,x + b), 1)",
    derivative_latex=r"\begin{cases} s & 0 < s\,x + b < 1 \\ 0 & \text{otherwise} \end{cases}",
    params={
        "slope": Param(1 / 6, "(0, inf)", (0.05, 1, 0.05), "slope s of the middle piece"),
        "offset": Param(0.5, REAL, (0, 1, 0.05), "value b at 0"),
    },
    image=Interval("[0, 1]"),
    joints=lambda slope, offset: (-offset / slope, (1 - offset) / slope),
    smoothness=0,
    source="howard2019searching",
    frameworks={
        "torch": Spelling("torch.nn.functional.hardsigmoid", names={"slope": None, "offset": None}),
        "keras": Spelling("keras.ops.hard_sigmoid", names={"slope": None, "offset": None}),
        "jax": Spelling("jax.nn.hard_sigmoid", names={"slope": None, "offset": None}),
        "onnx": Spelling(
            "HardSigmoid",
            names={"slope": "alpha", "offset": "beta"},
            defaults={"slope": 0.2},
            note="0.2, not 1/6",
        ),
    },
)


@in_one_pass
def hard_tanh(x, min_val=-1.0, max_val=1.0):
    r"""Piecewise linear tanh: :math:`x` clipped to an interval.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    min_val, max_val : float, default -1 and 1
        The interval. Finite, `min_val` below `max_val`.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `min_val` is not below `max_val`, or either is not finite.

    Notes
    -----
    At both kinks, `min_val` and `max_val`, the derivative is 0, as in PyTorch.

    References
    ----------
    Collobert et al. (2011), Natural language processing (almost) from scratch.

    Examples
    --------
    >>> print(hard_tanh([-3.0, 0.5, 3.0]))
    [-1.   0.5  1. ]
    """
    return x.clip(min_val, max_val)


def hard_tanh_prime(x, min_val, max_val):
    return _inside(x, min_val, max_val)


hard_tanh = Activation(
    hard_tanh,
    hard_tanh_prime,
    latex=r"\min(\max(x, \ell), u)",
    derivative_latex=r"\begin{cases} 1 & \ell < x < u \\ 0 & \text{otherwise} \end{cases}",
    params={
        "min_val": Param(-1.0, REAL, (-3, 0, 0.1), "lower end ℓ"),
        "max_val": Param(1.0, REAL, (0.1, 3, 0.1), "upper end u"),
    },
    constraint=lambda min_val, max_val: (
        None
        if min_val < max_val
        else f"min_val must be below max_val, got min_val={min_val} and max_val={max_val}"
    ),
    image=lambda min_val, max_val: Interval(low=min_val, high=max_val),
    joints=lambda min_val, max_val: (min_val, max_val),
    smoothness=0,
    source="collobert2011natural",
    frameworks={
        "torch": Spelling("torch.nn.functional.hardtanh"),
        "keras": Spelling("keras.ops.hard_tanh", names={"min_val": None, "max_val": None}),
        "jax": Spelling("jax.nn.hard_tanh", names={"min_val": None, "max_val": None}),
        "onnx": Spelling(
            "Clip",
            names={"min_val": "min", "max_val": "max"},
            defaults={"min_val": -math.inf, "max_val": math.inf},
            note="min and max are the second and third input",
        ),
    },
)


def sparse_sigmoid(x):
    r"""Sparse sigmoid, :math:`\min(\max(0, (x + 1)/2), 1)`: sparsemax for two classes.

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
    It is the derivative of `sparse_plus`, as the sigmoid is that of softplus. At both kinks, −1 and 1, its own
    derivative is 0.

    References
    ----------
    Martins and Astudillo (2016), From softmax to sparsemax.

    Examples
    --------
    >>> print(sparse_sigmoid([-2.0, 0.0, 0.5]))
    [0.   0.5  0.75]
    """
    return ((x + 1) / 2).clip(0, 1)


def sparse_sigmoid_prime(x):
    return _inside(x, -1, 1) / 2


sparse_sigmoid = Activation(
    sparse_sigmoid,
    sparse_sigmoid_prime,
    latex=r"\min\left(\max\left(0, \frac{x + 1}{2}\right), 1\right)",
    derivative_latex=r"\begin{cases} \frac{1}{2} & -1 < x < 1 \\ 0 & \text{otherwise} \end{cases}",
    image=Interval("[0, 1]"),
    joints=(-1.0, 1.0),
    smoothness=0,
    source="martins2016softmax",
    frameworks={
        "keras": Spelling("keras.ops.sparse_sigmoid"),
        "jax": Spelling("jax.nn.sparse_sigmoid"),
    },
)

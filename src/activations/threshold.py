"""The threshold family: the linear unit, the first neuron's step, and the exponential that many others are made of."""

import numpy as np

from activations.core import Activation, Interval, Param, Spelling, in_one_pass
from activations.numerics import constant, is_positive

__all__ = ["exponential", "heaviside", "identity", "linear", "step"]


@in_one_pass
def identity(x):
    r"""Identity, :math:`x`: no activation at all.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape and float dtype of `x`; a copy.

    Notes
    -----
    There is no kink: the derivative is 1 everywhere.

    References
    ----------
    Bishop (2006), Pattern recognition and machine learning, section 5.1.

    Examples
    --------
    >>> print(identity([-2.0, 3.0]))
    [-2.  3.]
    """
    return x.copy()


@in_one_pass
def identity_prime(x):
    return constant(x, 1)


identity = Activation(
    identity,
    identity_prime,
    latex=r"x",
    derivative_latex=r"1",
    source="bishop2006pattern",
    frameworks={
        "torch": Spelling("torch.nn.Identity", note="a layer only"),
        "keras": Spelling("keras.activations.linear"),
        "jax": Spelling("jax.nn.identity"),
        "onnx": Spelling("Identity"),
    },
)


@in_one_pass
def linear(x, c=1.0):
    r"""Linear function, :math:`c\,x`.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    c : float, default 1
        The slope; any finite number.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `c` is not finite.

    Notes
    -----
    There is no kink. Layers of linear units, however many, are worth one: their product is again linear.

    References
    ----------
    Bishop (2006), Pattern recognition and machine learning, section 5.1.

    Examples
    --------
    >>> print(linear([-2.0, 3.0], c=0.5))
    [-1.   1.5]
    """
    return c * x if c != 0 else constant(x, 0)  # 0·∞ would be NaN; the limit is 0


@in_one_pass
def linear_prime(x, c):
    return constant(x, c)


linear = Activation(
    linear,
    linear_prime,
    latex=r"c\,x",
    derivative_latex=r"c",
    params={"c": Param(1.0, "(-inf, inf)", (-2, 2, 0.1), "slope c")},
    image=lambda c: Interval(low=0.0, high=0.0) if c == 0 else Interval(),
    monotone=lambda c: c >= 0,
    source="bishop2006pattern",
    frameworks={
        "keras": Spelling("keras.activations.linear", names={"c": None}, note="always the identity"),
    },
)


def step(x):
    r"""Heaviside step: 1 for :math:`x > 0`, else 0.

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
    The value at 0 is a convention: 0 here, so that `step` is the derivative that we use for ReLU. The derivative
    is 0 wherever it exists; at the jump, where it does not, we use 0 too.

    References
    ----------
    McCulloch and Pitts (1943), A logical calculus of the ideas immanent in nervous activity.

    Examples
    --------
    >>> print(step([-2.0, 0.0, 3.0]))
    [0. 0. 1.]
    """
    return is_positive(x)


@in_one_pass
def step_prime(x):
    return constant(x, 0)


step = Activation(
    step,
    step_prime,
    latex=r"\begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}",
    derivative_latex=r"0",
    aliases=("heaviside",),
    image=Interval("[0, 1]"),
    joints=(0.0,),
    smoothness=-1,
    source="mcculloch1943logical",
    frameworks={
        "torch": Spelling("torch.heaviside", note="the value at 0 is the second argument, a tensor"),
    },
)
heaviside = step


@in_one_pass
def exponential(x):
    r"""Exponential function, :math:`e^x`.

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
    There is no kink. The function is its own derivative. It exceeds the largest number of its type, and becomes
    ``inf``, from 709.8 in float64, 88.7 in float32 and 11.1 in float16.

    References
    ----------
    Goodfellow, Bengio and Courville (2016), Deep learning, section 6.2.

    Examples
    --------
    >>> print(exponential([-1.0, 0.0, 1.0]).round(4))
    [0.3679 1.     2.7183]
    """
    return np.exp(x)


@in_one_pass
def exponential_prime(x):
    return np.exp(x)


exponential = Activation(
    exponential,
    exponential_prime,
    latex=r"e^x",
    derivative_latex=r"e^x",
    image=Interval("[0, inf)"),
    source="goodfellow2016deep",
    frameworks={
        "torch": Spelling("torch.exp"),
        "keras": Spelling("keras.activations.exponential"),
        "onnx": Spelling("Exp"),
    },
)

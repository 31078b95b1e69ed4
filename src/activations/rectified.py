"""The rectified family: identity to the right of a threshold, something cheap to the left of it."""

import math

import numpy as np

from activations.core import Activation, Interval, Param, Spelling, VectorActivation, in_one_pass
from activations.numerics import at_least, at_most, is_positive, select

__all__ = ["leaky_relu", "maxout", "prelu", "relu", "relu6", "rrelu", "squared_relu", "threshold"]

REAL = "(-inf, inf)"


@in_one_pass
def relu(x):
    r"""Rectified linear unit, :math:`\max(0, x)`.

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
    The kink at 0 has no derivative. We use the slope 0 there, as PyTorch, Keras and JAX do; any value from 0 to 1
    is a subgradient.

    References
    ----------
    Nair and Hinton (2010), Rectified linear units improve restricted Boltzmann machines.

    Examples
    --------
    >>> print(relu([-2.0, 0.0, 3.0]))
    [0. 0. 3.]
    """
    return at_least(x, 0)


def relu_prime(x):
    return is_positive(x)


relu = Activation(
    relu,
    relu_prime,
    latex=r"\max(0, x)",
    derivative_latex=r"\begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}",
    image=Interval("[0, inf)"),
    joints=(0.0,),
    smoothness=0,
    source="nair2010rectified",
    frameworks={
        "torch": Spelling("torch.nn.functional.relu"),
        "keras": Spelling("keras.ops.relu"),
        "jax": Spelling("jax.nn.relu"),
        "onnx": Spelling("Relu"),
    },
)


def leaky_relu(x, negative_slope=0.01):
    r"""Leaky rectified linear unit: :math:`x` for :math:`x > 0`, else :math:`s\,x`.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    negative_slope : float, default 0.01
        The slope :math:`s` for negative inputs; any finite number.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `negative_slope` is not finite.

    Notes
    -----
    At the kink 0 the derivative is `negative_slope`, as in PyTorch.

    References
    ----------
    Maas, Hannun and Ng (2013), Rectifier nonlinearities improve neural network acoustic models.

    Examples
    --------
    >>> print(leaky_relu([-2.0, 3.0], negative_slope=0.1))
    [-0.2  3. ]
    """
    return _leak(x, negative_slope)


def leaky_relu_prime(x, negative_slope):
    return _leak_prime(x, negative_slope)


def _leak(x, slope):
    """Return x for x > 0, else slope·x. The slope is a number, or an array with a slope for each element."""
    if isinstance(slope, float) and slope != 0:
        line = slope * x
        return (np.maximum if slope <= 1 else np.minimum)(x, line, out=line)
    left = slope * at_most(x, 0)
    return at_least(x, 0) + np.where(np.equal(slope, 0), 0, left)  # 0·(−∞) would be NaN; the limit is 0


def _leak_prime(x, slope):
    positive = is_positive(x)
    return positive + slope * (1 - positive)


leaky_relu = Activation(
    leaky_relu,
    leaky_relu_prime,
    latex=r"\begin{cases} x & x > 0 \\ s\,x & x \le 0 \end{cases}",
    derivative_latex=r"\begin{cases} 1 & x > 0 \\ s & x \le 0 \end{cases}",
    params={"negative_slope": Param(0.01, REAL, (-0.5, 1.5, 0.05), "slope s for negative inputs")},
    image=lambda negative_slope: Interval(REAL if negative_slope > 0 else "[0, inf)"),
    joints=(0.0,),
    smoothness=lambda negative_slope: math.inf if negative_slope == 1 else 0,
    monotone=lambda negative_slope: negative_slope >= 0,
    source="maas2013rectifier",
    frameworks={
        "torch": Spelling("torch.nn.functional.leaky_relu"),
        "keras": Spelling(
            "keras.ops.leaky_relu",
            defaults={"negative_slope": 0.2},
            note="the layer LeakyReLU defaults to 0.3",
        ),
        "jax": Spelling("jax.nn.leaky_relu"),
        "onnx": Spelling("LeakyRelu", names={"negative_slope": "alpha"}),
    },
)


def prelu(x, weight=0.25):
    r"""Parametric rectified linear unit: a leaky ReLU whose slope is learned.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    weight : float or array_like, default 0.25
        The slope :math:`w` for negative inputs: one for all, or one per channel (axis 1 of `x`); an array of as
        many dimensions as `x` must broadcast against it. Any finite numbers.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `weight` is not finite or does not fit the shape of `x`.

    Notes
    -----
    At the kink 0 the derivative with respect to `x` is `weight`, as in PyTorch. The derivative with respect to
    `weight` is :math:`\min(x, 0)`; ``prelu.param_vjp`` sums it over all elements that share a weight.

    References
    ----------
    He, Zhang, Ren and Sun (2015), Delving deep into rectifiers.

    Examples
    --------
    >>> print(prelu([[-2.0, -2.0]], weight=[0.5, 0.1]))
    [[-1.  -0.2]]
    """
    return _leak(x, weight)


def prelu_prime(x, weight):
    return _leak_prime(x, weight)


def prelu_weight_prime(x, weight):
    return at_most(x, 0)


prelu = Activation(
    prelu,
    prelu_prime,
    param_derivatives={"weight": prelu_weight_prime},
    latex=r"\begin{cases} x & x > 0 \\ w\,x & x \le 0 \end{cases}",
    derivative_latex=r"\begin{cases} 1 & x > 0 \\ w & x \le 0 \end{cases}",
    params={
        "weight": Param(
            0.25, REAL, (-0.5, 1.5, 0.05), "learned slope w for negative inputs", per_channel=True
        )
    },
    image=lambda weight: Interval(REAL if np.any(np.greater(weight, 0)) else "[0, inf)"),
    joints=(0.0,),
    smoothness=lambda weight: math.inf if np.all(np.equal(weight, 1)) else 0,
    monotone=lambda weight: bool(np.all(np.greater_equal(weight, 0))),
    source="he2015delving",
    frameworks={
        "torch": Spelling(
            "torch.nn.functional.prelu",
            note="weight must be given, as a tensor; the layer PReLU starts it at 0.25",
        ),
        "keras": Spelling(
            "keras.layers.PReLU",
            names={"weight": "alpha"},
            defaults={"weight": 0.0},
            note="a layer only: one weight per element unless shared_axes is given, all starting at 0",
        ),
        "onnx": Spelling("PRelu", names={"weight": "slope"}, note="slope is the second input"),
    },
)


def rrelu(x, lower=1 / 8, upper=1 / 3, training=False, rng=None):
    r"""Randomised leaky rectified linear unit: the negative slope is drawn anew for every element.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    lower, upper : float, default 1/8 and 1/3
        In training the slope is drawn from :math:`U(\text{lower}, \text{upper})`; otherwise it is their mean.
        Finite, `lower` not above `upper`.
    training : bool, default False
        Whether to draw.
    rng : None, int or numpy.random.Generator
        Source of the draws. Pass the same integer to the value and to the derivative to get the same slopes.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `lower` exceeds `upper`, or either is not finite.

    Notes
    -----
    At the kink 0 the derivative is the negative slope, as in PyTorch.

    References
    ----------
    Xu, Wang, Chen and Li (2015), Empirical evaluation of rectified activations in convolutional network.

    Examples
    --------
    >>> print(rrelu([-24.0, 24.0]))
    [-5.5 24. ]
    """
    return _leak(x, _slopes(x, lower, upper, training, rng))


def rrelu_prime(x, lower, upper, training, rng):
    return _leak_prime(x, _slopes(x, lower, upper, training, rng))


def _slopes(x, lower, upper, training, rng):
    if training:
        return np.random.default_rng(rng).uniform(lower, upper, x.shape).astype(x.dtype)
    return (lower + upper) / 2


rrelu = Activation(
    rrelu,
    rrelu_prime,
    latex=r"\begin{cases} x & x > 0 \\ s\,x & x \le 0 \end{cases} \quad s \sim U(\ell, u)",
    derivative_latex=r"\begin{cases} 1 & x > 0 \\ s & x \le 0 \end{cases}",
    params={
        "lower": Param(1 / 8, REAL, (0, 1, 0.05), "smallest slope ℓ"),
        "upper": Param(1 / 3, REAL, (0, 1, 0.05), "largest slope u"),
        "training": Param(False, (False, True), (), "draw a slope for every element"),
        "rng": Param(None, None, (), "source of the draws"),
    },
    constraint=lambda lower, upper, training, rng: (
        None if lower <= upper else f"lower must not exceed upper, got lower={lower} and upper={upper}"
    ),
    image=lambda lower, upper, training, rng: Interval(
        REAL if (upper if training else lower + upper) > 0 else "[0, inf)"
    ),
    joints=(0.0,),
    smoothness=lambda lower, upper, training, rng: math.inf if lower == upper == 1 else 0,
    monotone=lambda lower, upper, training, rng: not training and lower + upper >= 0,
    source="xu2015empirical",
    frameworks={
        "torch": Spelling("torch.nn.functional.rrelu", names={"rng": None}),
    },
)


@in_one_pass
def relu6(x):
    r"""Rectified linear unit capped at six, :math:`\min(\max(0, x), 6)`.

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
    At both kinks, 0 and 6, the derivative is 0, as in PyTorch.

    References
    ----------
    Krizhevsky (2010), Convolutional deep belief networks on CIFAR-10.

    Examples
    --------
    >>> print(relu6([-1.0, 2.5, 8.0]))
    [0.  2.5 6. ]
    """
    return x.clip(0, 6)


def relu6_prime(x):
    return is_positive(np.minimum(x, 6 - x))


relu6 = Activation(
    relu6,
    relu6_prime,
    latex=r"\min(\max(0, x), 6)",
    derivative_latex=r"\begin{cases} 1 & 0 < x < 6 \\ 0 & \text{otherwise} \end{cases}",
    image=Interval("[0, 6]"),
    joints=(0.0, 6.0),
    smoothness=0,
    source="krizhevsky2010convolutional",
    frameworks={
        "torch": Spelling("torch.nn.functional.relu6"),
        "keras": Spelling("keras.ops.relu6"),
        "jax": Spelling("jax.nn.relu6"),
    },
)


def threshold(x, threshold=0.0, value=0.0):
    r"""Thresholded rectified linear unit: :math:`x` for :math:`x > \theta`, else a constant.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    threshold : float, default 0
        The threshold :math:`\theta`; any finite number.
    value : float, default 0
        The constant :math:`v`; any finite number.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If a parameter is not finite.

    Notes
    -----
    At :math:`x = \theta` the value is `value` and the derivative 0, as in PyTorch. Unless `value` equals `threshold`
    the function jumps there.

    References
    ----------
    Konda, Memisevic and Krueger (2015), Zero-bias autoencoders and the benefits of co-adapting features.

    Examples
    --------
    >>> print(threshold([0.5, 1.0, 1.5], threshold=1.0))
    [0.  0.  1.5]
    """
    if value == threshold:
        return at_least(x, threshold)
    return select(x <= threshold, value, x)  # this way round, NaN stays NaN


def threshold_prime(x, threshold, value):
    return is_positive(x - threshold)


threshold = Activation(
    threshold,
    threshold_prime,
    latex=r"\begin{cases} x & x > \theta \\ v & x \le \theta \end{cases}",
    derivative_latex=r"\begin{cases} 1 & x > \theta \\ 0 & x \le \theta \end{cases}",
    params={
        "threshold": Param(0.0, REAL, (-2, 2, 0.1), "threshold θ"),
        "value": Param(0.0, REAL, (-2, 2, 0.1), "value v up to the threshold"),
    },
    image=lambda threshold, value: Interval(low=min(threshold, value)),
    joints=lambda threshold, value: (threshold,),
    smoothness=lambda threshold, value: 0 if threshold == value else -1,
    monotone=lambda threshold, value: value <= threshold,
    source="konda2015zero",
    frameworks={
        "torch": Spelling("torch.nn.functional.threshold", note="both parameters must be given"),
        "keras": Spelling(
            "keras.ops.threshold", names={"value": "default_value"}, note="both parameters must be given"
        ),
        "onnx": Spelling(
            "ThresholdedRelu",
            names={"threshold": "alpha", "value": None},
            defaults={"threshold": 1.0},
            note="the value is always 0",
        ),
    },
)


def squared_relu(x):
    r"""Squared rectified linear unit, :math:`\max(0, x)^2`.

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
    There is no kink: the derivative :math:`2\max(0, x)` is continuous, and 0 at 0. The second derivative jumps there.

    References
    ----------
    So, Mańke, Liu, Dai, Shazeer and Le (2021), Primer: searching for efficient transformers for language modeling.

    Examples
    --------
    >>> print(squared_relu([-2.0, 3.0]))
    [0. 9.]
    """
    positive = at_least(x, 0)
    positive *= positive
    return positive


def squared_relu_prime(x):
    return 2 * at_least(x, 0)


squared_relu = Activation(
    squared_relu,
    squared_relu_prime,
    latex=r"\max(0, x)^2",
    derivative_latex=r"2\max(0, x)",
    image=Interval("[0, inf)"),
    joints=(0.0,),
    smoothness=1,
    source="so2021primer",
)


def maxout(x, groups=1):
    r"""Maxout, the largest of the inputs in each group: with linear inputs, a rectifier whose every piece is learned.

    Parameters
    ----------
    x : array_like
        Real numbers.
    groups : int, default 1
        The number of groups, each a run of consecutive entries along `axis`; at least 1. It must divide the number
        of entries.
    axis : int, default -1
        The axis to group.

    Returns
    -------
    numpy.ndarray
        With `groups` entries along `axis`, of the float dtype of `x`.

    Raises
    ------
    ValueError
        If `groups` is below 1 or does not divide the number of entries, or there is no such axis.

    Notes
    -----
    Where several inputs are the largest, there is a kink. The first of them gets the whole gradient.

    References
    ----------
    Goodfellow, Warde-Farley, Mirza, Courville and Bengio (2013), Maxout networks.

    Examples
    --------
    >>> print(maxout([1.0, 5.0, -2.0, -3.0], groups=2))
    [ 5. -2.]
    """
    return _grouped(x, groups).max(axis=-1)


def maxout_pullback(x, g, groups):
    pieces = _grouped(x, groups)
    gradient = np.zeros_like(pieces)
    np.put_along_axis(gradient, pieces.argmax(axis=-1)[..., None], g[..., None], axis=-1)
    return gradient.reshape(x.shape)


def _grouped(x, groups):
    *lead, n = x.shape
    return x.reshape(*lead, _width(n, groups), n // groups)


def _width(n, groups):
    if n == 0 or n % groups:
        raise ValueError(f"groups must divide the number of entries along axis, {n}, got {groups}")
    return groups


maxout = VectorActivation(
    maxout,
    maxout_pullback,
    latex=r"\max_{j \in G_i} x_j",
    derivative_latex=r"\frac{\partial y_i}{\partial x_j} = [x_j = y_i]",
    params={
        "groups": Param(1, "[1, inf)", (1, 4, 1), "number of groups", integer=True),
        "axis": Param(-1, REAL, (), "axis to group", integer=True),
    },
    width=_width,
    source="goodfellow2013maxout",
)

"""The gated family: an input times a gate that it opens itself, x·S(x), or that a second input opens."""

import math
from fractions import Fraction

import numpy as np
from numpy.polynomial.chebyshev import cheb2poly

from activations.core import Activation, Interval, Param, Spelling, VectorActivation
from activations.numerics import at_least, at_most, constant, exp_product, product, select
from activations.rectified import relu
from activations.sigmoidal import sigmoid

__all__ = [
    "geglu",
    "gelu",
    "glu",
    "hard_silu",
    "hard_swish",
    "mish",
    "reglu",
    "silu",
    "swiglu",
    "swish",
]

# Φ is the distribution function and φ the density of the normal distribution. Far left Φ(−a) loses every digit if
# written 1 − Φ(a), or with an erf. So we write Φ(−a) = e^(−a²/2) m(a). Then m is smooth and tame: it falls from 1/2 to
# 1/(a√2π). A polynomial in t = (a − 4)/(a + 4) follows (a + 1)·m(a) for all a ≥ 0. These are its Chebyshev
# coefficients, computed with 60 digits; the first twelve are enough for float32.
TAIL = (
    0.4655865996963784,
    -0.06423751712334332,
    -0.011171509596721219,
    0.01263630599437623,
    -0.004828490640131744,
    0.0010793834106156014,
    -0.0001194099520285248,
    -6.8485883776766764e-06,
    4.060629718065491e-06,
    -1.9527544708338363e-07,
    -1.1345944386467565e-07,
    1.227397138426542e-08,
    3.662441203341559e-09,
    -5.088948506210621e-10,
    -1.4602402012093163e-10,
    1.8321966529064227e-11,
    6.857544400027546e-12,
    -5.077272058049455e-13,
    -3.458064365204774e-13,
    4.412922855809207e-16,
    1.7054866572266912e-14,
    1.5123653278115068e-15,
    -7.370100783416678e-16,
    -1.6124885584264884e-16,
    2.130692627650816e-17,
)
POLYNOMIALS = {
    np.dtype(np.float32): tuple(cheb2poly(TAIL[:12])[::-1].tolist()),
    np.dtype(np.float64): tuple(cheb2poly(TAIL)[::-1].tolist()),
}

# GELU's two approximations replace Φ(x) by σ(1.702x), and by σ(A x + B x³), which is ½(1 + tanh(½A x + ½B x³)).
# A = 2√(2/π) and B = 0.044715·A are each the sum of two floats.
SIGMOID_RATE = Fraction("1.702")
A, A_REST = 1.5957691216057308, -9.96930880911092e-17
B, B_REST = 0.07135481627260025, -6.175149918155315e-19


def _times_sigmoid(x, e):
    """Return x·σ(v), given e = exp(v)."""
    gate = 1 + e
    np.divide(e, gate, out=gate)
    gate *= at_least(x, np.finfo(x.dtype).min)  # −∞ times a gate of 0 would be NaN
    return gate


def _times_sigmoid_prime(e, t):
    """Return the derivative of x·σ(v), given e = exp(v) and t = x·v′."""
    d = 1 + e
    return e / d * (1 + t / d)


def gelu(x, approximate="none"):
    r"""Gaussian error linear unit, :math:`x\,\Phi(x)`, with :math:`\Phi` the normal distribution function.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    approximate : {"none", "tanh", "sigmoid"}, default "none"
        ``"none"`` for the formula above, ``"tanh"`` for
        :math:`\frac{x}{2}\left(1 + \tanh\left(\sqrt{2/\pi}\,(x + 0.044715 x^3)\right)\right)`, ``"sigmoid"`` for
        :math:`x\,\sigma(1.702x)`.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `approximate` is not one of the three.

    Notes
    -----
    There is no kink. Written with :math:`1 + \operatorname{erf}` the left tail loses its digits one by one, and all
    of them below −8.3.

    References
    ----------
    Hendrycks and Gimpel (2016), Gaussian error linear units (GELUs).

    Examples
    --------
    >>> print(gelu([-1.0, 0.0, 1.0]).round(4))
    [-0.1587  0.      0.8413]
    >>> print(gelu(1.0, approximate="tanh").round(4))
    0.8412
    """
    if approximate == "sigmoid":
        return _times_sigmoid(x, exp_product(SIGMOID_RATE, at_most(x, 40)))  # from 40 on the gate is 1
    if approximate == "tanh":
        return _times_sigmoid(x, _exp_cubic(x.clip(-25, 8)))  # beyond, the gate is 0 and 1
    a = at_most(np.abs(x), 40)  # beyond, the tail is 0
    e, m = _normal_tail(a)
    return at_least(x, 0) - a * (e * m)  # −aΦ(−a) on the left, a − aΦ(−a) on the right


def gelu_prime(x, approximate):
    if approximate == "sigmoid":
        x = x.clip(-1000, 40)
        return _times_sigmoid_prime(exp_product(SIGMOID_RATE, x), float(SIGMOID_RATE) * x)
    if approximate == "tanh":
        x = x.clip(-25, 8)
        return _times_sigmoid_prime(_exp_cubic(x), x * (A + 3 * B * (x * x)))
    a = at_most(np.abs(x), 40)
    e, m = _normal_tail(a)
    left = e * (m - a / math.sqrt(2 * math.pi))  # Φ(−a) − aφ(a)
    return select(x > 0, 1 - left, left)


def _normal_tail(a):
    """Return the factors e and m of Φ(−a) = e·m, e = exp(−a²/2)."""
    e = _bell(a)
    t = (a - 4) / (a + 4)
    first, second, *others = POLYNOMIALS[a.dtype]
    m = first * t + second
    for coefficient in others:
        m *= t
        m += coefficient
    return e, m / (a + 1)


def _bell(a):
    """Return exp(−a²/2)."""
    square, rest = product(a, a)
    return np.exp(-square / 2) * (1 - rest / 2)


def _exp_cubic(x):
    """Return exp(A x + B x³), keeping what the rounding of the exponent would lose."""
    square, square_rest = product(x, x)
    cube, rest = product(square, x)
    square_rest *= x
    rest += square_rest
    rest *= B
    rest += B_REST * cube
    rest += A_REST * x
    del square, square_rest  # before more is made
    p, p_rest = product(A, x)
    q, q_rest = product(B, cube)
    rest += p_rest
    rest += q_rest
    v = p + q
    back = v - p
    rest += p - (v - back)
    rest += q - back
    rest += 1
    return np.exp(v) * rest


GELU_MINIMA = {"none": -0.16997120747990369, "tanh": -0.17004075057125405, "sigmoid": -0.16361018963635359}

gelu = Activation(
    gelu,
    gelu_prime,
    latex=r"x\,\Phi(x)",
    derivative_latex=r"\Phi(x) + x\,\varphi(x)",
    params={"approximate": Param("none", ("none", "tanh", "sigmoid"), (), "which stand-in for Φ")},
    image=lambda approximate: Interval(low=GELU_MINIMA[approximate]),
    monotone=False,
    source="hendrycks2016gaussian",
    frameworks={
        "torch": Spelling("torch.nn.functional.gelu", note='"none" or "tanh"'),
        "keras": Spelling(
            "keras.activations.gelu",
            defaults={"approximate": False},
            note='True is our "tanh", False "none"; keras.ops.gelu defaults to True',
        ),
        "jax": Spelling(
            "jax.nn.gelu", defaults={"approximate": True}, note='True is our "tanh", False "none"'
        ),
        "onnx": Spelling("Gelu", note='"none" or "tanh"'),
    },
)


def silu(x, beta=1.0):
    r"""Sigmoid linear unit, also called swish, :math:`x\,\sigma(\beta x)`.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    beta : float, default 1
        The steepness :math:`\beta` of the gate; any finite number of at least 0. The case 0 is :math:`x/2`; ReLU is
        the limit of large :math:`\beta`.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `beta` is negative or not finite.

    Notes
    -----
    There is no kink.

    References
    ----------
    Elfwing, Uchibe and Doya (2018), Sigmoid-weighted linear units for neural network function approximation in
    reinforcement learning; with :math:`\beta`: Ramachandran, Zoph and Le (2017), Searching for activation functions.

    Examples
    --------
    >>> print(silu([-1.0, 0.0, 1.0]).round(4))
    [-0.2689  0.      0.7311]
    """
    if beta == 0:
        return x / 2
    return _times_sigmoid(x, exp_product(beta, at_most(x, 40 / beta)))  # from there on the gate is 1


def silu_prime(x, beta):
    if beta == 0:
        return constant(x, 0.5)
    x = x.clip(-1000 / beta, 40 / beta)  # beyond, the gate is 0 and 1
    return _times_sigmoid_prime(exp_product(beta, x), beta * x)


silu = Activation(
    silu,
    silu_prime,
    latex=r"x\,\sigma(\beta x)",
    derivative_latex=r"\sigma(\beta x)\left(1 + \beta x\,\sigma(-\beta x)\right)",
    params={"beta": Param(1.0, "[0, inf)", (0, 8, 0.1), "steepness β of the gate")},
    aliases=("swish",),
    image=lambda beta: Interval(low=-0.2784645427610738 / beta) if beta else Interval(),
    monotone=lambda beta: beta == 0,
    source="elfwing2018sigmoid",
    frameworks={
        "torch": Spelling("torch.nn.functional.silu", names={"beta": None}),
        "keras": Spelling("keras.ops.silu", names={"beta": None}),
        "jax": Spelling("jax.nn.silu", names={"beta": None}),
        "onnx": Spelling("Swish", names={"beta": "alpha"}),
    },
)
swish = silu


def mish(x):
    r"""Mish, :math:`x \tanh(\mathrm{softplus}(x))`.

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
    There is no kink. With :math:`w = e^x` and :math:`n = w(w + 2)` the gate is :math:`n/(n + 2)`: one exponential
    instead of three transcendental functions, and nothing cancels.

    References
    ----------
    Misra (2020), Mish: a self regularized non-monotonic activation function.

    Examples
    --------
    >>> print(mish([-1.0, 0.0, 1.0]).round(4))
    [-0.3034  0.      0.8651]
    """
    w = np.exp(at_most(x, 22))  # from 22 on the gate is 1, to the last digit
    n = w * (w + 2)
    return at_least(x, np.finfo(x.dtype).min) * (n / (n + 2))  # −∞ times a gate of 0 would be NaN


def mish_prime(x):
    x = at_least(x, -1000)  # −∞ times a w of 0 would be NaN
    w = np.exp(x)
    n2 = w * (w + 2) + 2
    slope = w * (4 * (x + 1) + w * (4 * x + 6 + w * (4 + w))) / (n2 * n2)
    return select(x > 22, 1.0, slope)  # there it is 1, to the last digit


mish = Activation(
    mish,
    mish_prime,
    latex=r"x \tanh\left(\log(1 + e^x)\right)",
    derivative_latex=r"\tanh s + x\,\sigma(x)\left(1 - \tanh^2 s\right) \quad s = \log(1 + e^x)",
    image=Interval(low=-0.30884341301725043),
    monotone=False,
    source="misra2020mish",
    frameworks={
        "torch": Spelling("torch.nn.functional.mish"),
        "keras": Spelling("keras.activations.mish"),
        "jax": Spelling("jax.nn.mish"),
        "onnx": Spelling("Mish"),
    },
)


def hard_silu(x):
    r"""Piecewise quadratic SiLU, :math:`x \min(\max(0, x + 3), 6) / 6`.

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
    At the kink −3 the slope is 0 from the left and −1/2 from the right; at the kink 3 it is 3/2 from the left and 1
    from the right. We use those of the outer pieces, 0 and 1, as PyTorch and JAX do.

    References
    ----------
    Howard et al. (2019), Searching for MobileNetV3.

    Examples
    --------
    >>> print(hard_silu([-1.5, 0.0, 3.0]))
    [-0.375  0.     3.   ]
    """
    gate = x.clip(-3, 3)
    gate += 3
    gate *= 1 / 6
    gate *= at_least(x, -3)
    return gate


def hard_silu_prime(x):
    x = x.clip(-3, 3)
    return (2 * x + 3) * (1 / 6) - np.trunc(x / 3) / 2  # at ±3 the parabola's slope is ½ too steep


hard_silu = Activation(
    hard_silu,
    hard_silu_prime,
    latex=r"\frac{x \min(\max(0, x + 3), 6)}{6}",
    derivative_latex=r"\begin{cases} 0 & x \le -3 \\ \frac{2x + 3}{6} & -3 < x < 3 \\ 1 & x \ge 3 \end{cases}",
    aliases=("hard_swish",),
    image=Interval(low=-0.375),
    joints=(-3.0, 3.0),
    smoothness=0,
    monotone=False,
    source="howard2019searching",
    frameworks={
        "torch": Spelling("torch.nn.functional.hardswish"),
        "keras": Spelling("keras.ops.hard_silu"),
        "jax": Spelling("jax.nn.hard_silu"),
        "onnx": Spelling("HardSwish"),
    },
)
hard_swish = hard_silu


# Two inputs: of the halves a and b of a vector, g(b) gates a. The four differ in g only.

AXIS = {"axis": Param(-1, "(-inf, inf)", (), "axis that holds a, then b", integer=True)}


def _half(n):
    if n % 2:
        raise ValueError(f"x must have an even number of entries along axis, got {n}")
    return n // 2


def _halves(x):
    half = _half(x.shape[-1])
    return x[..., :half], x[..., half:]


def _gate(x, g):
    a, b = _halves(x)
    return a * g(b)


def _gate_pullback(x, grad, g, g_prime):
    a, b = _halves(x)
    return np.concatenate([grad * g(b), grad * a * g_prime(b)], axis=-1)


def glu(x):
    r"""Gated linear unit, :math:`a\,\sigma(b)` for the two halves of a vector.

    Parameters
    ----------
    x : array_like
        Real numbers; an even number of them along `axis`.
    axis : int, default -1
        The axis that holds :math:`a`, then :math:`b`.

    Returns
    -------
    numpy.ndarray
        Half as long along `axis`, of the float dtype of `x`.

    Raises
    ------
    ValueError
        If the number of entries along `axis` is odd, or there is no such axis.

    Notes
    -----
    There is no kink.

    References
    ----------
    Dauphin, Fan, Auli and Grangier (2017), Language modeling with gated convolutional networks.

    Examples
    --------
    >>> print(glu([4.0, 8.0, 0.0, 1000.0]))
    [2. 8.]
    """
    return _gate(x, sigmoid.f)


def glu_pullback(x, g):
    return _gate_pullback(x, g, sigmoid.f, sigmoid.df)


glu = VectorActivation(
    glu,
    glu_pullback,
    latex=r"a \odot \sigma(b)",
    derivative_latex=r"\partial a: \sigma(b) \qquad \partial b: a \odot \sigma'(b)",
    params=AXIS,
    monotone=False,
    width=_half,
    source="dauphin2017language",
    frameworks={
        "torch": Spelling("torch.nn.functional.glu", names={"axis": "dim"}),
        "keras": Spelling("keras.ops.glu"),
        "jax": Spelling("jax.nn.glu"),
    },
)


def reglu(x):
    r"""Gated linear unit whose gate is a ReLU, :math:`a\,\max(0, b)` for the two halves of a vector.

    Parameters
    ----------
    x : array_like
        Real numbers; an even number of them along `axis`.
    axis : int, default -1
        The axis that holds :math:`a`, then :math:`b`.

    Returns
    -------
    numpy.ndarray
        Half as long along `axis`, of the float dtype of `x`.

    Raises
    ------
    ValueError
        If the number of entries along `axis` is odd, or there is no such axis.

    Notes
    -----
    The kink is at :math:`b = 0`; the slope there is 0, as for ReLU.

    References
    ----------
    Shazeer (2020), GLU variants improve transformer.

    Examples
    --------
    >>> print(reglu([4.0, 8.0, -1.0, 0.5]))
    [0. 4.]
    """
    return _gate(x, relu.f)


def reglu_pullback(x, g):
    return _gate_pullback(x, g, relu.f, relu.df)


reglu = VectorActivation(
    reglu,
    reglu_pullback,
    latex=r"a \odot \max(0, b)",
    derivative_latex=r"\partial a: \max(0, b) \qquad \partial b: a \odot [b > 0]",
    params=AXIS,
    monotone=False,
    width=_half,
    source="shazeer2020glu",
)


def geglu(x):
    r"""Gated linear unit whose gate is a GELU, :math:`a\,\mathrm{gelu}(b)` for the two halves of a vector.

    Parameters
    ----------
    x : array_like
        Real numbers; an even number of them along `axis`.
    axis : int, default -1
        The axis that holds :math:`a`, then :math:`b`.

    Returns
    -------
    numpy.ndarray
        Half as long along `axis`, of the float dtype of `x`.

    Raises
    ------
    ValueError
        If the number of entries along `axis` is odd, or there is no such axis.

    Notes
    -----
    There is no kink. The GELU is the exact one.

    References
    ----------
    Shazeer (2020), GLU variants improve transformer.

    Examples
    --------
    >>> print(geglu([4.0, 8.0, 0.0, 1.0]).round(4))
    [0.     6.7308]
    """
    return _gate(x, lambda b: gelu.f(b, "none"))


def geglu_pullback(x, g):
    return _gate_pullback(x, g, lambda b: gelu.f(b, "none"), lambda b: gelu.df(b, "none"))


geglu = VectorActivation(
    geglu,
    geglu_pullback,
    latex=r"a \odot \mathrm{gelu}(b)",
    derivative_latex=r"\partial a: \mathrm{gelu}(b) \qquad \partial b: a \odot \mathrm{gelu}'(b)",
    params=AXIS,
    monotone=False,
    width=_half,
    source="shazeer2020glu",
)


def swiglu(x):
    r"""Gated linear unit whose gate is a SiLU, :math:`a\,\mathrm{silu}(b)` for the two halves of a vector.

    Parameters
    ----------
    x : array_like
        Real numbers; an even number of them along `axis`.
    axis : int, default -1
        The axis that holds :math:`a`, then :math:`b`.

    Returns
    -------
    numpy.ndarray
        Half as long along `axis`, of the float dtype of `x`.

    Raises
    ------
    ValueError
        If the number of entries along `axis` is odd, or there is no such axis.

    Notes
    -----
    There is no kink.

    References
    ----------
    Shazeer (2020), GLU variants improve transformer.

    Examples
    --------
    >>> print(swiglu([4.0, 8.0, 0.0, 1.0]).round(4))
    [0.     5.8485]
    """
    return _gate(x, lambda b: silu.f(b, 1.0))


def swiglu_pullback(x, g):
    return _gate_pullback(x, g, lambda b: silu.f(b, 1.0), lambda b: silu.df(b, 1.0))


swiglu = VectorActivation(
    swiglu,
    swiglu_pullback,
    latex=r"a \odot \mathrm{silu}(b)",
    derivative_latex=r"\partial a: \mathrm{silu}(b) \qquad \partial b: a \odot \mathrm{silu}'(b)",
    params=AXIS,
    monotone=False,
    width=_half,
    source="shazeer2020glu",
    frameworks={
        "onnx": Spelling(
            "SwiGLU",
            names={"axis": None},
            note="a and b are two inputs, and the first is the gate: ours swapped",
        ),
    },
)

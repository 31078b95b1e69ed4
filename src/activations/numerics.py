"""A few operations that keep formulas short, exact and fast: selection, and products that do not lose digits.

Each says what would go wrong, or be slow, with the obvious NumPy call.
"""

import math
from fractions import Fraction

import numpy as np

__all__ = ["exp_product", "expm1", "is_positive", "log1p", "product", "select", "sin_cos_product"]

INTEGERS = {np.dtype(np.float32): np.int32, np.dtype(np.float64): np.int64}


def is_positive(x):
    """Return 1 where x > 0 and 0 elsewhere, as floats; NaN stays NaN.

    Four times as fast as ``np.heaviside(x, 0)``.

    Parameters
    ----------
    x : numpy.ndarray
        Floats.

    Returns
    -------
    numpy.ndarray
        Floats.

    Examples
    --------
    >>> is_positive(np.array([-1.0, 0.0, 1e-300, np.nan]))
    array([ 0.,  0.,  1., nan])
    """
    return np.ceil(np.clip(x, 0, 1))


def select(condition, a, b):
    """Return `a` where the condition holds and `b` elsewhere: ``np.where`` without branches.

    ``np.where`` takes one branch per element and so stumbles over random signs. Bits do not.

    Parameters
    ----------
    condition : numpy.ndarray
        Booleans.
    a : numpy.ndarray or float
        Floats, or a number.
    b : numpy.ndarray
        Floats.

    Returns
    -------
    numpy.ndarray
        Of the dtype of `b`.

    Examples
    --------
    >>> x = np.array([-1.0, 2.0, np.nan])
    >>> select(x < 0, 0.5, x)
    array([0.5, 2. , nan])
    """
    integer = INTEGERS[b.dtype]
    a, bits = np.asarray(a, b.dtype).view(integer), b.view(integer)
    all_ones = (-condition.view(np.int8)).astype(integer)
    return (bits ^ ((bits ^ a) & all_ones)).view(b.dtype)


def product(c, x):
    r"""Multiply without loss: return p and r with p the rounded product and p + r = c·x.

    Rounding :math:`cx` shifts it by up to half a unit in its last place. That is harmless until the result goes
    into exp, where the shift becomes a relative error of :math:`|cx|/2` units, or into sin, where it becomes
    an absolute one. `r` makes up for it.

    Parameters
    ----------
    c : float or numpy.ndarray
        A number (in full float64 precision even where `x` is float32), or an array like `x`.
    x : numpy.ndarray
        Floats.

    Returns
    -------
    p, r : numpy.ndarray
        Of the dtype of `x`; `r` is the number 0.0 where `c` is a power of two, as nothing is lost then. `r` is
        meaningless where `p` is not finite, or next to underflow.

    Examples
    --------
    >>> p, r = product(0.1, np.array([3.0]))
    >>> print(p, r)
    [0.3] [-2.77555756e-17]
    """
    if isinstance(c, float) and abs(math.frexp(c)[0]) in (0, 0.5):
        return c * x, 0.0
    if x.dtype == np.float32:
        exact = np.multiply(c, x, dtype=np.float64)  # 24 bits times 24, so exact, or within 2⁻²⁹ of a unit
        p = exact.astype(np.float32)
        return p, (exact - p).astype(np.float32)
    # Dekker's product: halves of 26 bits have exact products. Scaled, so that halving x cannot overflow.
    small = x * 2.0**-64
    p = c * x
    (c1, c2), (x1, x2) = _halves(c), _halves(small)
    return p, (((c1 * x1 - c * small) + c1 * x2 + c2 * x1) + c2 * x2) * 2.0**64


def _halves(v):
    """Split a float64 into two of at most 26 bits each (Veltkamp)."""
    shifted = v * 134217729.0  # 2²⁷ + 1
    high = shifted - (shifted - v)
    return high, v - high


def exp_product(c, x):
    r"""Return :math:`e^{cx}` to about an ulp, however large the product; see `product`.

    Parameters
    ----------
    c : float or fractions.Fraction
        A number. A Fraction such as 1/α keeps the digits that a float 1/α would round away.
    x : numpy.ndarray
        Floats.

    Returns
    -------
    numpy.ndarray
        Of the dtype of `x`.

    Examples
    --------
    >>> x = np.array([1000.0])
    >>> naive, careful = np.exp(0.3 * x), exp_product(0.3, x)
    >>> print(f"{naive[0] / careful[0] - 1:.0e}")
    1e-14
    """
    high = float(c)
    low = float(c - Fraction(high)) if isinstance(c, Fraction) else 0.0
    if low == 0 and abs(math.frexp(high)[0]) in (0, 0.5):
        return np.exp(high * x)
    x = np.clip(x, -1000 / abs(high), 1000 / abs(high))  # beyond, exp gives 0 or inf; and p must be finite
    p, r = product(high, x)
    return np.exp(p) * (1 + (r + low * x))


def sin_cos_product(c, x):
    r"""Return :math:`\sin(cx)` and :math:`\cos(cx)` to about an ulp, however large the product; see `product`.

    Parameters
    ----------
    c : float
        A number.
    x : numpy.ndarray
        Floats.

    Returns
    -------
    sine, cosine : numpy.ndarray
        Of the dtype of `x`; NaN where `x` is infinite.

    Examples
    --------
    >>> x = np.array([1e8])
    >>> naive, careful = np.sin(0.3 * x), sin_cos_product(0.3, x)[0]
    >>> print(f"{naive[0] - careful[0]:.0e}")
    -3e-10
    """
    p, r = product(c, x)
    sine, cosine = np.sin(p), np.cos(p)
    if not isinstance(r, float):
        sine, cosine = sine + r * cosine, cosine - r * sine
    far = np.isinf(p) | (
        np.abs(r) > np.sqrt(np.finfo(x.dtype).eps) / 4
    )  # there p overflows, or r² counts as well
    if np.any(far):
        there = _sin_cos_far(c, x.astype(np.float64))
        sine, cosine = (select(far, a.astype(x.dtype), b) for a, b in zip(there, (sine, cosine), strict=True))
    return sine, cosine


def _sin_cos_far(c, x):
    """Return sin(cx) and cos(cx) by the addition theorem, and by doubling the angle where c·x overflows."""
    p, r = product(c, x)
    sine = np.sin(p) * np.cos(r) + np.cos(p) * np.sin(r)
    cosine = np.cos(p) * np.cos(r) - np.sin(p) * np.sin(r)
    over = np.isinf(p)
    if c > 1 and np.any(over):
        s, k = _sin_cos_far(c / 2, x)
        sine, cosine = select(over, 2 * s * k, sine), select(over, k * k - s * s, cosine)
    return sine, cosine


def log1p(e):
    r"""Return :math:`\log(1 + e)` for 0 ≤ e ≤ 1.

    ``np.log1p`` is a slow loop in float32 on most machines. There we sum the series of
    :math:`2\operatorname{artanh}\frac{e}{2 + e}`, which is the same function and converges fast.

    Parameters
    ----------
    e : numpy.ndarray
        Floats from 0 to 1.

    Returns
    -------
    numpy.ndarray
        Of the dtype of `e`.

    Examples
    --------
    >>> print(log1p(np.array([0.0, 1.0], dtype=np.float32)))
    [0.        0.6931472]
    """
    if e.dtype == np.float64:
        return np.log1p(e)
    s = e / (2 + e)
    q = s * s
    series = 2 / 13 * q + 2 / 11
    for k in (9, 7, 5, 3):
        series *= q
        series += 2 / k
    return e - s * (e - q * series)  # 2s + sq·series, but led by e, which is exact


def expm1(y):
    r"""Return :math:`e^y - 1` for y ≤ 0.

    ``np.expm1`` is a slow loop in float32 on most machines. There we use that
    :math:`e^y - 1 = \frac{2t}{1 - t}` with :math:`t = \tanh\frac{y}{2}`.

    Parameters
    ----------
    y : numpy.ndarray
        Floats of at most 0.

    Returns
    -------
    numpy.ndarray
        Of the dtype of `y`.

    Examples
    --------
    >>> print(expm1(np.array([-np.inf, 0.0], dtype=np.float32)))
    [-1.  0.]
    """
    if y.dtype == np.float64:
        return np.expm1(y)
    t = np.tanh(y / 2)
    return 2 * t / (1 - t)

"""A few operations that keep formulas short, exact and fast: selection, and products that do not lose digits.

Each says what would go wrong, or be slow, with the obvious NumPy call.
"""

import math
from fractions import Fraction

import numpy as np

__all__ = [
    "at_least",
    "at_most",
    "constant",
    "exp_product",
    "expm1",
    "is_positive",
    "log1p",
    "product",
    "select",
    "sin_product",
]

INTEGERS = {np.dtype(np.float32): np.int32, np.dtype(np.float64): np.int64}


def _is_vectorised(name):
    """Return whether NumPy has vector instructions for a float32 function on this processor."""
    loops = np.lib.introspect.opt_func_info(func_name=f"^{name}$", signature="^float32$").get(name, {})
    return any(not loop["current"].startswith("baseline") for loop in loops.values())


VECTORISED = {name: _is_vectorised(name) for name in ("expm1", "log1p")}


def at_least(x, low):
    """Return the larger of each entry and a number; NaN stays NaN.

    Twice as fast as ``np.maximum(x, low)``, which has vector instructions for two arrays only.

    Parameters
    ----------
    x : numpy.ndarray
        Floats.
    low : float
        A number.

    Returns
    -------
    numpy.ndarray
        Of the dtype of `x`.

    Examples
    --------
    >>> at_least(np.array([-1.0, 2.0, np.nan]), 0)
    array([ 0.,  2., nan])
    """
    return x.clip(low, np.inf)


def at_most(x, high):
    """Return the smaller of each entry and a number; NaN stays NaN. See `at_least`.

    Parameters
    ----------
    x : numpy.ndarray
        Floats.
    high : float
        A number.

    Returns
    -------
    numpy.ndarray
        Of the dtype of `x`.

    Examples
    --------
    >>> at_most(np.array([-1.0, 2.0, np.nan]), 0)
    array([-1.,  0., nan])
    """
    return x.clip(-np.inf, high)


def constant(x, c):
    """Return a number for each entry; NaN stays NaN.

    Parameters
    ----------
    x : numpy.ndarray
        Floats.
    c : float
        The number.

    Returns
    -------
    numpy.ndarray
        Of the shape and dtype of `x`.

    Examples
    --------
    >>> constant(np.array([-1.0, 2.0, np.nan]), 0.5)
    array([0.5, 0.5, nan])
    """
    return x.clip(c, c)


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
    clipped = x.clip(0, 1)
    return np.ceil(clipped, out=clipped)


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
    chosen = bits ^ a
    chosen &= (-condition.view(np.int8)).astype(integer)  # all ones, or all zeros
    chosen ^= bits
    return chosen.view(b.dtype)


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
        exact -= p
        return p, exact.astype(np.float32)
    # Dekker's product: halves of 26 bits have exact products. Scaled, so that halving x cannot overflow.
    small = x * 2.0**-64
    (c1, c2), (x1, x2) = _halves(c), _halves(small)
    r = c1 * x1
    small *= c
    r -= small
    del small  # before more is made
    r += c1 * x2
    r += np.multiply(c2, x1, out=x1)
    r += np.multiply(c2, x2, out=x2)
    r *= 2.0**64
    return c * x, r


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
        return np.exp(x if high == 1 else high * x)
    x = x.clip(-1000 / abs(high), 1000 / abs(high))  # beyond, exp gives 0 or inf; and p must be finite
    p, r = product(high, x)
    return np.exp(p) * (1 + (r + low * x))


# π as a sum of three floats. The first two have so few digits that their multiples are exact.
PI = (3.1415926534682512, 1.21542009963449e-10, 1.6667485837041758e-19)
PHASES = {0: (1.0, 0.0), 1 / 4: (math.sqrt(0.5), math.sqrt(0.5)), 1 / 2: (0.0, 1.0)}  # cos and sin of turns·π


def sin_product(c, x, turns=0):
    r"""Return :math:`\sin(cx + t\pi)` to about an ulp, however large the product; see `product`.

    Next to a zero that is an ulp of 1/16, and of 1 where :math:`|cx| > 2^{17}`.

    Parameters
    ----------
    c : float
        A number.
    x : numpy.ndarray
        Floats.
    turns : {0, 1/4, 1/2}
        The phase :math:`t` in half turns: 1/2 makes it a cosine.

    Returns
    -------
    numpy.ndarray
        Of the dtype of `x`; NaN where `x` is infinite.

    Examples
    --------
    >>> x = np.array([1e8])
    >>> naive, careful = np.sin(0.3 * x), sin_product(0.3, x)
    >>> print(f"{naive[0] - careful[0]:.0e}")
    -3e-10
    """
    if x.dtype == np.float32:
        angle, rest, pi = np.multiply(c, x, dtype=np.float64), 0.0, (math.pi,)  # double precision is plenty
    else:
        (angle, rest), pi = product(c, x), PI
    far = np.abs(x) > 2.0**17 / c  # there the multiples of π are no longer exact, or the product overflows
    # Take away the nearest half turns. Next to a number this large all floats are whole; the last bit says odd or even.
    large = 1.5 * 2.0**52
    half_turns = angle * (1 / math.pi)
    if turns:
        half_turns += turns
    half_turns += large
    odd = half_turns.view(np.int64) << 63
    half_turns -= large
    if turns:
        half_turns -= turns
    for digits in pi[:-1]:
        angle -= half_turns * digits
    half_turns *= pi[-1]
    half_turns -= rest
    angle -= half_turns
    bits = angle.view(np.int64)
    bits ^= odd  # an odd number of half turns changes the sign
    del half_turns, odd, bits  # before more is made
    sine = np.sin(angle.astype(x.dtype, copy=False))
    if far.any():
        there = _sin_far(c, x.astype(np.float64), PHASES[turns])
        sine = select(far, there.astype(x.dtype), sine)
    return sine


def _sin_far(c, x, phase):
    sine, cosine = _sin_cos_far(c, x)
    return sine * phase[0] + cosine * phase[1]


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

    ``np.log1p`` is a slow loop in float32 on processors for which NumPy has no vector instructions. There we sum the
    series of :math:`2\operatorname{artanh}\frac{e}{2 + e}`, which is the same function and converges fast.

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
    if e.dtype == np.float64 or VECTORISED["log1p"]:
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

    ``np.expm1`` is a slow loop in float32 on processors for which NumPy has no vector instructions. There we use that
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
    if y.dtype == np.float64 or VECTORISED["expm1"]:
        return np.expm1(y)
    t = np.tanh(y / 2)
    return 2 * t / (1 - t)

"""The softmax family: functions of a whole slice, which turn logits into probabilities and their relatives."""

import math

import numpy as np

from activations.core import (
    SHORT,
    Interval,
    Param,
    Spelling,
    VectorActivation,
    block_length,
    in_pieces,
    pieces,
    sum_in_pieces,
)
from activations.numerics import product

__all__ = ["hardmax", "log_softmax", "logsumexp", "softmax", "softmax2d", "softmin", "sparsemax"]

# NumPy's arrays have at most 64 axes; which of these an array has is checked when it is there.
AXIS = Param(-1, "[-64, 63]", (), "axis along which a slice runs", integer=True)
TEMPERATURE = Param(1.0, "(0, inf)", (0.1, 5, 0.1), "temperature T: sharper below 1, flatter above")

# Notes on frameworks.
DIM = "give dim: leaving it out is deprecated, and means 0 for arrays of 0, 1 or 3 axes, else 1"
FLATTENED = "before operator set 13, axis was 1 by default, and all axes from it on counted as one"

# A slice whose largest logit lies in this range needs no shift: no sum of exponentials overflows, and none that
# matters underflows. Without a shift there is no subtraction to round.
UNSHIFTED = (-5, 64)


def softmax(x, temperature=1.0):
    r"""Softmax, :math:`y_i = e^{x_i/T} / \sum_j e^{x_j/T}`: positive numbers that sum to one along an axis.

    Parameters
    ----------
    x : array_like
        Logits, of any shape with at least one axis.
    axis : int, default -1
        The axis along which the outputs sum to one.
    temperature : float, default 1
        The temperature :math:`T`, positive and finite. Towards 0 the output becomes `hardmax`, towards infinity
        uniform.

    Returns
    -------
    numpy.ndarray
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `axis` does not name an axis of `x`, or `temperature` is not positive and finite.
    TypeError
        If `x` does not hold real numbers.

    Notes
    -----
    Adding a constant to all logits changes nothing; taking away the largest keeps the exponentials from overflow.
    That subtraction rounds, which costs up to :math:`|x_i - \max x|/2` units in the last place, so it is done only
    where it is needed.

    A logit of −∞ gets exactly 0. A single +∞ gets 1, and the others 0: the limit. Where there is no limit (two
    +∞, or nothing but −∞) the slice is NaN, as it is in PyTorch, Keras and JAX, which give NaN for a single +∞ too.
    One NaN makes its slice NaN. Empty slices stay empty.

    The Jacobian is :math:`\partial y_i / \partial x_j = y_i (\delta_{ij} - y_j) / T`; ``softmax.vjp`` applies it.

    References
    ----------
    Bridle (1990), Probabilistic interpretation of feedforward classification network outputs.

    Examples
    --------
    >>> print(softmax([0.0, 0.0, -np.inf]))
    [0.5 0.5 0. ]
    >>> print(softmax([[1000.0, 0.0], [1000.0, 0.0]], axis=0))
    [[0.5 0.5]
     [0.5 0.5]]
    """
    y, total = _powers_and_sums(x, temperature)
    y /= total
    return y


def _powers_and_sums(x, temperature):
    if _largest(x, temperature, axis=None) / temperature <= UNSHIFTED[1]:
        y = in_pieces(lambda x: _powers(x, 0, temperature), x)
        total = sum_in_pieces(lambda y: y, y, exact=True)
        # A mean as large as this needs a term as large: no slice of this block would be shifted.
        if (total >= x.shape[-1] * math.exp(UNSHIFTED[0])).all():
            return y, total
    x, _, shift = _anchor(x, temperature)
    y = in_pieces(lambda x, shift: _powers(x, shift, temperature), x, shift)
    return y, sum_in_pieces(lambda y: y, y, exact=True)


def softmax_pullback(x, g, temperature=1.0):
    y = softmax.f(x, temperature)
    # Only differences of g matter. Counted from the entry that holds more than half, they do not cancel.
    pivot = np.zeros((*y.shape[:-1], 1), y.dtype)
    leads = np.maximum.reduce(y, axis=None, initial=0) > 0.5
    if leads:
        pivot = sum_in_pieces(lambda y, g: (y > 0.5) * g, y, g)
    mean = sum_in_pieces(lambda y, g, pivot: y * (g - pivot if leads else g), y, g, pivot)

    def gradient(y, g, pivot, mean):
        out = (g - pivot if leads else g) - mean
        out *= y
        return out / temperature if temperature != 1 else out

    return in_pieces(gradient, y, g, pivot, mean, out=y)


def _anchor(x, temperature=1.0):
    """Return logits, the largest of each slice, and what to subtract from them before they are raised to powers.

    The logits are `x`, but for slices with a single infinity on top: those become 0 there and −∞ elsewhere, which has
    the same softmax. Below a negative temperature "largest" means smallest.
    """
    largest = _largest(x, temperature)
    scaled = largest / temperature if temperature != 1 else largest
    safe = (scaled >= UNSHIFTED[0]) & (scaled <= UNSHIFTED[1])
    if np.count_nonzero(safe) == safe.size:
        return x, largest, np.zeros(largest.shape, x.dtype)
    top = math.copysign(math.inf, temperature)
    if (largest == top).any():
        single = (largest == top) & (np.add.reduce(x == top, axis=-1, keepdims=True) == 1)
        limit = np.where(x == top, x.dtype.type(0), x.dtype.type(-top))
        x, largest = np.where(single, limit, x), np.where(single, 0, largest)
        safe |= single
    return x, largest, np.where(safe, 0, largest)


def _largest(x, temperature=1.0, axis=-1):
    extreme, start = (np.maximum, -math.inf) if temperature > 0 else (np.minimum, math.inf)
    return extreme.reduce(x, axis=axis, keepdims=True, initial=start)


def _powers(x, shift, temperature):
    """Return exp((x − shift)/temperature)."""
    z = x - shift if np.count_nonzero(shift) else x
    if temperature == 1:
        return np.exp(z)
    quotient = z / temperature
    powers = np.exp(quotient)
    if temperature != -1:
        error = _rounding(x, shift, z, temperature, quotient)
        powers += powers * np.where(np.abs(error) < 1, error, 0)  # NaN where something overflowed: no matter
    return powers


def _rounding(x, shift, z, temperature, quotient):
    """Return (x − shift)/temperature − quotient: what rounding took away, which the exponential would magnify."""
    back = z - x
    lost = (x - (z - back)) - (shift + back)  # Knuth's sum: x − shift = z + lost
    p, r = product(temperature, quotient)
    return ((z - p) - r + lost) / temperature


softmax = VectorActivation(
    softmax,
    softmax_pullback,
    latex=r"\frac{e^{x_i/T}}{\sum_j e^{x_j/T}}",
    derivative_latex=r"\frac{\partial y_i}{\partial x_j} = \frac{y_i\,(\delta_{ij} - y_j)}{T}",
    params={"axis": AXIS, "temperature": TEMPERATURE},
    image=Interval("[0, 1]"),
    width=lambda n, temperature: n,
    source="bridle1990probabilistic",
    frameworks={
        "torch": Spelling(
            "torch.nn.functional.softmax",
            names={"axis": "dim", "temperature": None},
            defaults={"axis": None},
            note=DIM,
        ),
        "keras": Spelling("keras.ops.softmax", names={"temperature": None}),
        "jax": Spelling("jax.nn.softmax", names={"temperature": None}),
        "onnx": Spelling(
            "Softmax",
            names={"temperature": None},
            note=FLATTENED,
        ),
    },
)


def softmin(x, temperature=1.0):
    r"""Softmin, the softmax of :math:`-x`: most to the smallest, as for energies or penalties.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape with at least one axis.
    axis : int, default -1
        The axis along which the outputs sum to one.
    temperature : float, default 1
        The temperature :math:`T`, positive and finite.

    Returns
    -------
    numpy.ndarray
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `axis` does not name an axis of `x`, or `temperature` is not positive and finite.
    TypeError
        If `x` does not hold real numbers.

    Notes
    -----
    It is the softmax at the temperature :math:`-T`, so its Jacobian is
    :math:`-y_i (\delta_{ij} - y_j) / T`. Infinities follow the conventions of `softmax`, with the signs exchanged.

    References
    ----------
    Bridle (1990), Probabilistic interpretation of feedforward classification network outputs.

    Examples
    --------
    >>> print(softmin([5.0, 5.0, np.inf]))
    [0.5 0.5 0. ]
    """
    return softmax.f(x, -temperature)


def softmin_pullback(x, g, temperature):
    return softmax_pullback(x, g, -temperature)


softmin = VectorActivation(
    softmin,
    softmin_pullback,
    latex=r"\frac{e^{-x_i/T}}{\sum_j e^{-x_j/T}}",
    derivative_latex=r"\frac{\partial y_i}{\partial x_j} = -\frac{y_i\,(\delta_{ij} - y_j)}{T}",
    params={"axis": AXIS, "temperature": TEMPERATURE},
    monotone=False,
    image=Interval("[0, 1]"),
    width=lambda n, temperature: n,
    source="bridle1990probabilistic",
    frameworks={
        "torch": Spelling(
            "torch.nn.functional.softmin",
            names={"axis": "dim", "temperature": None},
            defaults={"axis": None},
            note=DIM,
        ),
    },
)


def log_softmax(x, temperature=1.0):
    r"""Logarithm of the softmax, :math:`x_i/T - \log \sum_j e^{x_j/T}`.

    Parameters
    ----------
    x : array_like
        Logits, of any shape with at least one axis.
    axis : int, default -1
        The axis along which the exponentials of the outputs sum to one.
    temperature : float, default 1
        The temperature :math:`T`, positive and finite.

    Returns
    -------
    numpy.ndarray
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `axis` does not name an axis of `x`, or `temperature` is not positive and finite.
    TypeError
        If `x` does not hold real numbers.

    Notes
    -----
    With the largest logit :math:`x_k` it is
    :math:`(x_i - x_k)/T - \operatorname{log1p} \sum_{j \ne k} e^{(x_j - x_k)/T}`: two terms of one sign, so nothing
    cancels. Taking the logarithm of the computed softmax gives −∞ for a logit 746 below the largest, and 0 for
    one 37 above all others.

    Infinities follow the conventions of `softmax`: a logit of −∞ gets −∞; beside a single +∞, which gets 0, all others
    get −∞; two +∞, or nothing but −∞, make the slice NaN.

    The Jacobian is :math:`(\delta_{ij} - y_j) / T` with :math:`y` the softmax.

    References
    ----------
    Blanchard, Higham and Higham (2021), Accurately computing the log-sum-exp and softmax functions.

    Examples
    --------
    >>> print(log_softmax([0.0, -40.0]))
    [-4.24835426e-18 -4.00000000e+01]
    """
    x, largest, _, top, rest = _sums(x, temperature)
    y = x - largest
    if temperature != 1:
        y /= temperature
    y -= np.log1p(rest / top)
    return y


def log_softmax_pullback(x, g, temperature):
    x, largest, shift, top, rest = _sums(x, temperature)
    total, flow = top + rest, sum_in_pieces(lambda g: g, g)

    def gradient(x, g, shift, total, flow):
        out = _powers(x, shift, temperature)
        out *= flow / total
        np.subtract(g, out, out=out)
        return out / temperature if temperature != 1 else out

    out = in_pieces(gradient, x, g, shift, total, flow)
    leads = rest < top
    if leads.any():
        # Where one entry holds more than half, its own slope 1 − y is the share of the others, and must come from them.
        place = np.argmax(x, axis=-1, keepdims=True)
        ahead = np.take_along_axis(g, place, axis=-1)
        behind = sum_in_pieces(lambda x, g, largest: (x != largest) * g, x, g, largest)
        slope = (ahead * rest - behind * top) / total / temperature
        slope = np.where(leads, slope, np.take_along_axis(out, place, axis=-1))
        np.put_along_axis(out, place, slope, axis=-1)
    return out


def _sums(x, temperature=1.0):
    """Return logits, largest and shift as `_anchor` does; the power of the largest; and the sum of the other powers.

    The others are summed without the largest. As a difference, a sum much smaller than it would lose its digits.
    """
    x, largest, shift = _anchor(x, temperature)
    top = _powers(largest, shift, temperature)
    smaller = []

    def smaller_powers(x, largest, shift):
        below = x != largest
        smaller.append(np.count_nonzero(below))
        return _powers(x, shift, temperature) * below

    rest = sum_in_pieces(smaller_powers, x, largest, shift, exact=True)
    # Where several are the largest, all but one belong to the others. (Next to NaN the count says nothing.)
    if x.size - sum(smaller) != rest.size or np.isnan(rest).any():
        ties = sum_in_pieces(lambda x, largest: x == largest, x, largest)
        rest += (ties - 1) * top
    return x, largest, shift, top, rest


log_softmax = VectorActivation(
    log_softmax,
    log_softmax_pullback,
    latex=r"\frac{x_i}{T} - \log \sum_j e^{x_j/T}",
    derivative_latex=r"\frac{\partial y_i}{\partial x_j} = \frac{\delta_{ij} - e^{y_j}}{T}",
    params={"axis": AXIS, "temperature": TEMPERATURE},
    image=Interval("(-inf, 0]"),
    width=lambda n, temperature: n,
    source="blanchard2021accurately",
    frameworks={
        "torch": Spelling(
            "torch.nn.functional.log_softmax",
            names={"axis": "dim", "temperature": None},
            defaults={"axis": None},
            note=DIM,
        ),
        "keras": Spelling("keras.ops.log_softmax", names={"temperature": None}),
        "jax": Spelling("jax.nn.log_softmax", names={"temperature": None}),
        "onnx": Spelling(
            "LogSoftmax",
            names={"temperature": None},
            note=FLATTENED,
        ),
    },
)


def logsumexp(x):
    r"""Logarithm of a sum of exponentials, :math:`\log \sum_j e^{x_j}`: a smooth maximum.

    It reduces a slice to one number and so is no activation, but it is what `softmax` is the gradient of.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape with at least one axis.
    axis : int, default -1
        The axis that is summed over, which disappears.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape of `x` without `axis`, and its float dtype.

    Raises
    ------
    ValueError
        If `axis` does not name an axis of `x`.
    TypeError
        If `x` does not hold real numbers.

    Notes
    -----
    With the largest entry :math:`x_k` it is :math:`x_k + \operatorname{log1p} \sum_{j \ne k} e^{x_j - x_k}`, so that
    what the other entries add is never lost against 1. Where a negative :math:`x_k` cancels against the second
    term, the sum is taken as it stands.

    Nothing but −∞, or nothing at all, gives −∞, and a +∞ gives +∞.

    References
    ----------
    Blanchard, Higham and Higham (2021), Accurately computing the log-sum-exp and softmax functions.

    Examples
    --------
    >>> print(logsumexp([[1000.0, 1000.0], [0.0, -40.0]]))
    [1.00069315e+03 4.24835426e-18]
    """
    logits, largest, _, top, rest = _sums(x)
    added = np.log1p(rest / top)
    value = largest + added
    cancels = ((largest < 0) & (largest > -30) & (added > -largest / 4))[..., 0]
    count = np.count_nonzero(cancels)
    if count == cancels.size:
        value = _log_of_sum(x)
    elif count:
        value[cancels] = _log_of_sum(x[cancels])
    if logits is not x or np.count_nonzero(np.isfinite(value)) < value.size:
        extreme = _largest(x)
        value = np.where(np.isinf(extreme), extreme, value)
    return value[..., 0]


def _log_of_sum(x):
    # No power of so small a number overflows: they can be summed as they are. Close to a zero of the result their sum
    # is close to 1, and only its distance from 1 counts.
    def powers(x):
        return np.exp(x, dtype=np.float64)

    total, distance = (sum_in_pieces(powers, x, exact=True, start=start) for start in (0.0, -1.0))
    return np.where(np.abs(distance) < 0.5, np.log1p(distance), np.log(total))


def logsumexp_pullback(x, g):
    y = softmax.f(x)
    y *= g[..., None]
    return y


logsumexp = VectorActivation(
    logsumexp,
    logsumexp_pullback,
    latex=r"\log \sum_j e^{x_j}",
    derivative_latex=r"\frac{\partial y}{\partial x_j} = \operatorname{softmax}(x)_j",
    params={"axis": AXIS},
    width=lambda n: None,
    source="blanchard2021accurately",
    frameworks={
        "torch": Spelling("torch.logsumexp", names={"axis": "dim"}, note="dim must be given"),
        "keras": Spelling(
            "keras.ops.logsumexp", defaults={"axis": None}, note="sums over all axes by default"
        ),
        "jax": Spelling("jax.nn.logsumexp", defaults={"axis": None}, note="sums over all axes by default"),
        "onnx": Spelling(
            "ReduceLogSumExp",
            names={"axis": "axes"},
            defaults={"axis": None},
            extra={"keepdims": 0},
            note="axes is the second input; sums over all axes by default",
        ),
    },
)


def sparsemax(x):
    r"""Sparsemax: the point of the probability simplex that lies closest to :math:`x`.

    Parameters
    ----------
    x : array_like
        Logits, of any shape with at least one axis.
    axis : int, default -1
        The axis along which the outputs sum to one.

    Returns
    -------
    numpy.ndarray
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `axis` does not name an axis of `x`.
    TypeError
        If `x` does not hold real numbers.

    Notes
    -----
    The projection is :math:`\max(x_i - \tau, 0)` with the one threshold :math:`\tau` for which the outputs sum to
    one. If the support :math:`S`, where the output is positive, is known, then
    :math:`\tau = (\sum_{j \in S} x_j - 1)/|S|`; it is found among the sorted logits.

    On the support the gradient is :math:`g_i` less the mean of :math:`g` over the support, elsewhere it is 0. At a
    kink, where an output just reaches 0, that entry counts as outside.

    Infinities follow the conventions of `softmax`.

    References
    ----------
    Martins and Astudillo (2016), From softmax to sparsemax: a sparse model of attention and multi-label classification.

    Examples
    --------
    >>> print(sparsemax([0.5, 0.0, -1.0]))
    [0.75 0.25 0.  ]
    """
    if x.size == 0:
        return x
    x, largest, _ = _anchor(x)
    # No entry 1 or more below the largest is in the support, and for the others x − shift is exact.
    shift = np.where(np.abs(largest) <= 2, 0, largest)
    coarse, fine = _threshold(_candidates(x, largest) - shift)

    def project(x, shift, coarse, fine):
        y = np.subtract(x, shift, dtype=np.float64)
        y -= coarse
        y -= fine
        return np.maximum(y, 0, out=y)

    return in_pieces(project, x, shift, coarse, fine)


def _candidates(x, largest):
    """Return the entries that may be in the support, sorted, the largest first."""
    floor, length = largest - 1, x.shape[-1]
    if x.size == length > block_length(x.dtype):  # one long slice
        some = [piece[~(piece < limit)] for piece, limit in pieces(x, floor)]
        x = np.concatenate(some).reshape(*x.shape[:-1], -1)
    elif length > SHORT:
        others = length - np.max(sum_in_pieces(lambda x, floor: ~(x < floor), x, floor), initial=1)
        x = np.partition(x, others, axis=-1)[..., others:] if others else x
    return np.sort(x, axis=-1)[..., ::-1]


def _threshold(z):
    """Return the threshold τ of sorted logits as an exact sum of two floats, the first of few digits.

    τ is a difference of sums, from which the outputs are differences again. To keep their digits, each logit is split
    into a part of few digits, whose sums and multiples are exact, and a small rest.
    """
    fine = np.maximum(z, -4, dtype=np.float64)  # as good as −∞, which would make the split NaN
    coarse = _few_digits(fine)
    fine -= coarse
    size = np.arange(1, z.shape[-1] + 1)
    del z  # in place, and one after the other: it is a lot of memory otherwise
    gap = np.add.accumulate(coarse, axis=-1)
    gap -= size * coarse
    gap += np.add.accumulate(fine, axis=-1)
    gap -= size * fine
    inside = gap < 1
    count, excess, rest = (_total(terms) for terms in (inside, inside * coarse, inside * fine))
    excess -= 1
    tau = _few_digits((excess + rest) / count)
    return tau, ((excess - count * tau) + rest) / count


def _total(terms):
    return np.add.reduce(terms, axis=-1, keepdims=True)


def _few_digits(z):
    return np.rint(z * 2.0**26) * 2.0**-26


def sparsemax_pullback(x, g):
    y = sparsemax.f(x)
    count = sum_in_pieces(lambda y: y > 0, y)
    mean = sum_in_pieces(lambda y, g: (y > 0) * g, y, g) / count
    return in_pieces(lambda y, g, mean: (y > 0) * (g - mean), y, g, mean, out=y)


sparsemax = VectorActivation(
    sparsemax,
    sparsemax_pullback,
    latex=r"\operatorname{arg\,min}_{p \in \Delta} \lVert p - x \rVert^2 = \max(x_i - \tau, 0)",
    derivative_latex=r"\frac{\partial y_i}{\partial x_j} = "
    r"\begin{cases} \delta_{ij} - 1/|S| & i, j \in S \\ 0 & \text{otherwise} \end{cases}",
    params={"axis": AXIS},
    image=Interval("[0, 1]"),
    width=lambda n: n,
    source="martins2016softmax",
    frameworks={
        "keras": Spelling("keras.ops.sparsemax"),
    },
)


def hardmax(x):
    r"""Hardmax: 1 for the largest entry of a slice, 0 for the others.

    Parameters
    ----------
    x : array_like
        Logits, of any shape with at least one axis.
    axis : int, default -1
        The axis along which the largest is sought.

    Returns
    -------
    numpy.ndarray
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `axis` does not name an axis of `x`.
    TypeError
        If `x` does not hold real numbers.

    Notes
    -----
    Of several largest entries, infinities included, the first gets the 1, as in ONNX. The function is constant
    between jumps, so its gradient is 0, at the jumps by convention. It is the limit of `softmax` as the temperature
    tends to 0.

    References
    ----------
    ONNX, Operator specification: Hardmax.

    Examples
    --------
    >>> print(hardmax([1.0, 3.0, 3.0]))
    [0. 1. 0.]
    """
    largest = _largest(x)
    y = np.zeros_like(x)
    if x.size:
        np.put_along_axis(y, np.argmax(x, axis=-1, keepdims=True), 1, axis=-1)
    return _keep_nan(y, largest)


def hardmax_pullback(x, g):
    return _keep_nan(np.zeros_like(x), _largest(x))


def _keep_nan(y, largest):
    if np.isnan(largest).any():
        y += np.where(np.isnan(largest), largest, 0)
    return y


hardmax = VectorActivation(
    hardmax,
    hardmax_pullback,
    latex=r"[\,i = \operatorname{arg\,max}_j x_j\,]",
    derivative_latex="0",
    params={"axis": AXIS},
    image=Interval("[0, 1]"),
    width=lambda n: n,
    source="onnx",
    frameworks={
        "onnx": Spelling(
            "Hardmax",
            note=FLATTENED,
        ),
    },
)


def softmax2d(x):
    r"""Softmax over the channels of images, at each pixel: `softmax` along the last axis but two.

    Parameters
    ----------
    x : array_like
        Logits, of shape (…, channels, height, width).

    Returns
    -------
    numpy.ndarray
        Of the shape and float dtype of `x`.

    Raises
    ------
    ValueError
        If `x` has fewer than three axes.
    TypeError
        If `x` does not hold real numbers.

    Notes
    -----
    Infinities follow the conventions of `softmax`.

    References
    ----------
    Bridle (1990), Probabilistic interpretation of feedforward classification network outputs.

    Examples
    --------
    >>> print(softmax2d(np.zeros((1, 4, 2, 2)))[0, :, 0, 0])
    [0.25 0.25 0.25 0.25]
    """
    return softmax.f(x)


softmax2d = VectorActivation(
    softmax2d,
    softmax_pullback,
    latex=r"\frac{e^{x_c}}{\sum_d e^{x_d}} \text{ at each pixel}",
    derivative_latex=r"\frac{\partial y_c}{\partial x_d} = y_c\,(\delta_{cd} - y_d)",
    image=Interval("[0, 1]"),
    width=lambda n: n,
    fixed_axis=-3,
    source="bridle1990probabilistic",
    frameworks={
        "torch": Spelling("torch.nn.Softmax2d", note="a layer, for three or four axes"),
    },
)

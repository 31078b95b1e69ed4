"""The softmax family beyond what all records promise: infinities, ties, long slices, and how sums are taken."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mpmath import mp, mpf
from records import extra_memory

from activations import hardmax, log_softmax, logsumexp, softmax, softmax2d, softmin, sparsemax
from activations.core import block_length, in_pieces, pieces, sum_in_pieces

FAMILY = (softmax, softmin, log_softmax, logsumexp, sparsemax, hardmax, softmax2d)
WITH_AXIS = FAMILY[:-1]
NAN, INF = math.nan, math.inf
BLOCK = block_length(np.dtype(np.float64))

every = pytest.mark.parametrize("record", FAMILY, ids=lambda record: record.name)
every_with_axis = pytest.mark.parametrize("record", WITH_AXIS, ids=lambda record: record.name)
dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16], ids=lambda d: d.__name__)


def normal(*shape, scale=3.0, seed=0):
    return np.random.default_rng(seed).normal(scale=scale, size=shape)


# Infinities: the limit, where there is one.

LIMITS = [
    # record, slice, its value
    (softmax, [-INF, 0, 0], [0, 0.5, 0.5]),
    (softmax, [INF, 0, 5], [1, 0, 0]),
    (softmax, [0, INF, -INF], [0, 1, 0]),
    (softmax, [INF, 1e300, 0], [1, 0, 0]),
    (softmax, [INF], [1]),
    (softmax, [INF, INF, 0], [NAN, NAN, NAN]),
    (softmax, [-INF, -INF], [NAN, NAN]),
    (softmax, [-INF], [NAN]),
    (softmax, [NAN, INF, 0], [NAN, NAN, NAN]),
    (softmin, [INF, 0, 0], [0, 0.5, 0.5]),
    (softmin, [-INF, 0, 5], [1, 0, 0]),
    (softmin, [-INF, -INF, 0], [NAN, NAN, NAN]),
    (softmin, [INF, INF], [NAN, NAN]),
    (log_softmax, [-INF, 0], [-INF, 0]),
    (log_softmax, [INF, 0], [0, -INF]),
    (log_softmax, [INF, INF], [NAN, NAN]),
    (log_softmax, [-INF, -INF], [NAN, NAN]),
    (logsumexp, [-INF, 2], 2),
    (logsumexp, [-INF, -INF], -INF),
    (logsumexp, [INF, 0], INF),
    (logsumexp, [INF, INF, -INF], INF),
    (logsumexp, [NAN, INF], NAN),
    (sparsemax, [-INF, 0, 0], [0, 0.5, 0.5]),
    (sparsemax, [INF, 0], [1, 0]),
    (sparsemax, [INF, INF], [NAN, NAN]),
    (sparsemax, [-INF, -INF], [NAN, NAN]),
    (hardmax, [-INF, 0], [0, 1]),
    (hardmax, [INF, INF], [1, 0]),
    (hardmax, [-INF, -INF], [1, 0]),
    (hardmax, [NAN, INF], [NAN, NAN]),
]


@pytest.mark.parametrize(("record", "x", "expected"), LIMITS, ids=lambda v: getattr(v, "name", str(v)))
@dtypes
def test_infinities(record, x, expected, dtype):
    x = np.minimum(x, np.finfo(dtype).max, where=np.isfinite(x), out=np.array(x)).astype(dtype)
    np.testing.assert_array_equal(record(x), np.array(expected, dtype))
    # Beside ordinary slices, in either memory layout, the same.
    table = np.stack([np.arange(x.size), x, np.zeros(x.size)]).astype(dtype)
    np.testing.assert_array_equal(record(table)[1], np.array(expected, dtype))
    np.testing.assert_array_equal(record(table.T, axis=0)[..., 1], np.array(expected, dtype))
    assert np.isfinite(record(table)[[0, 2]]).all()


@every_with_axis
def test_gradients_at_infinity(record):
    g = np.array([1.0, 2.0, 4.0]) if record is not logsumexp else np.array(1.0)
    masked = record.vjp([0.0, 1.0, -INF], g)
    if record is softmin:  # −∞ is on top
        np.testing.assert_array_equal(masked, [0, 0, 0])
    elif record is log_softmax:
        expected = g[:2] - softmax([0.0, 1.0]) * g.sum()  # the log-probability of the last is −∞ but sloped
        np.testing.assert_allclose(masked, [*expected, 4.0], rtol=1e-15)
    else:
        without = record.vjp([0.0, 1.0], g[:2] if g.ndim else g)
        np.testing.assert_allclose(masked, [*without, 0.0], rtol=1e-15)
    impossible = [INF, INF, 0.0] if record is not softmin else [-INF, -INF, 0.0]
    hopeless = record.vjp(impossible, g)
    assert np.isnan(hopeless).all() if record is not hardmax else not hopeless.any()


# Ties, empty slices, axes.


def test_ties():
    assert softmax([7.0] * 5).tolist() == [0.2] * 5
    assert sparsemax([-3.0] * 4).tolist() == [0.25] * 4
    assert hardmax([2.0, 7.0, 7.0]).tolist() == [0, 1, 0]
    assert log_softmax([1e308] * 2).tolist() == [-math.log(2)] * 2
    assert logsumexp([-1e5] * 8) == -1e5 + math.log(8)
    # Three on top and one far below: their number counts in full.
    assert log_softmax([0.0, 0.0, -800.0, 0.0])[0] == close(-math.log(3))


@every
@pytest.mark.parametrize("shape", [(0, 2, 2), (3, 0, 2, 2), (0, 4, 1, 1), (0, 0, 0)], ids=str)
def test_empty_slices_stay_empty(record, shape):
    axis = {"axis": -3} if "axis" in record.params else {}
    y = record(np.empty(shape, np.float32), **axis)
    assert y.dtype == np.float32
    if record is logsumexp:  # the sum of nothing is 0
        assert y.shape == shape[:-3] + shape[-2:]
        assert np.all(y == -INF)
    else:
        assert y.shape == shape
    assert record.vjp(np.empty(shape, np.float32), np.ones_like(y), **axis).shape == shape


@every_with_axis
def test_axis_must_exist(record):
    for axis in (2, -3, 63):
        with pytest.raises(ValueError, match=f"^axis must name one of the 2 axes of x, got {axis}$"):
            record(np.ones((2, 3)), axis=axis)
    with pytest.raises(ValueError, match="^axis must lie in .*, got 64$"):
        record(np.ones((2, 3)), axis=64)
    with pytest.raises(TypeError, match="^axis must be an integer, got 1.0$"):
        record(np.ones((2, 3)), axis=1.0)


def test_softmax2d_sums_over_channels():
    x = normal(2, 5, 3, 4)
    np.testing.assert_array_equal(softmax2d(x), softmax(x, axis=1))
    np.testing.assert_array_equal(softmax2d(x[0]), softmax(x[0], axis=0))
    np.testing.assert_array_equal(softmax2d.vjp(x, x), softmax.vjp(x, x, axis=1))
    with pytest.raises(ValueError, match=r"^x must have at least 3 dimensions, got shape \(3, 4\)$"):
        softmax2d(x[0, 0])


def test_an_array_of_three_axes_sums_to_one_along_one_axis_only():
    p = softmax(normal(2, 3, 4))
    np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-15)
    assert p.sum() == pytest.approx(6)


# Digits.


def close(expected):
    """Equal to a unit or two in the last place, however small."""
    return pytest.approx(expected, rel=4e-16, abs=0)


def test_what_the_obvious_formula_loses():
    # log(1 + e⁻⁴⁰) is 4.2e-18 and vanishes beside 1.
    tiny = math.log1p(math.exp(-40))
    assert logsumexp([0.0, -40.0]) == close(tiny)
    assert log_softmax([-40.0, 0.0])[1] == close(-tiny)
    assert log_softmax([0.0, -800.0])[1] == -800
    # The slope of a probability next to 1 is that of what it lacks.
    assert softmax.vjp([0.0, -40.0], [1.0, 0.0])[0] == close(math.exp(-40))
    assert log_softmax.vjp([0.0, -40.0], [1.0, 0.0])[0] == close(math.exp(-40))
    # Large logits, whose exponentials overflow.
    assert softmax([1000.0, 1000.0]).tolist() == [0.5, 0.5]


def test_logsumexp_next_to_its_zeros():
    # There the largest entry and what the others add to it cancel.
    x = -np.log(np.arange(2.0, 8.0))[:, None] + normal(6, 1, scale=1e-9) + np.zeros((6, 7))
    x[np.arange(7) >= np.arange(2, 8)[:, None]] = -INF
    table = np.concatenate([x, normal(6, 7)])  # beside slices where nothing cancels
    with mp.workdps(50):
        exact = [float(mp.log(mp.fsum(mp.exp(mpf(v)) for v in row))) for row in table.tolist()]
    np.testing.assert_allclose(logsumexp(table), exact, rtol=4e-16, atol=1.5e-16)
    assert np.abs(exact[:6]).max() < 1e-8
    np.testing.assert_array_equal(logsumexp(table), [logsumexp(row) for row in table])


@pytest.mark.parametrize("record", [softmax, softmin, log_softmax], ids=lambda record: record.name)
def test_temperature(record):
    x = normal(40, 6)
    for temperature in (0.25, 2, 8):  # these quotients are exact
        np.testing.assert_array_equal(record(x, temperature=temperature), record(x / temperature))
        g = normal(40, 6, seed=1)
        np.testing.assert_allclose(
            record.vjp(x, g, temperature=temperature),
            record.vjp(x / temperature, g) / temperature,
            rtol=1e-14,
        )
    assert np.all(np.isfinite(softmax(x, temperature=5e-324)))
    assert np.all(np.isfinite(softmax(x, temperature=1e308)))


@pytest.mark.parametrize("temperature", [0.1, 0.3, 0.7, 3.0])
def test_rounded_quotients_cost_no_digits(temperature):
    # The exponential turns the rounding of x/T into an error of |x/T|/2 units in the last place, if one lets it.
    for x in normal(30, 3, scale=10):
        with mp.workdps(50):
            powers = [mp.exp(mpf(v) / mpf(temperature)) for v in x.tolist()]
            exact = np.array([float(p / mp.fsum(powers)) for p in powers])
        np.testing.assert_allclose(softmax(x, temperature=temperature), exact, rtol=8e-16)


def test_temperature_between_its_limits():
    x = np.array([1.0, 3.0, 2.0])
    np.testing.assert_array_equal(softmax(x, temperature=1e-3), hardmax(x))
    np.testing.assert_allclose(softmax(x, temperature=1e9), 1 / 3, rtol=1e-8)


def test_softmin_is_softmax_of_the_negative():
    x, g = normal(50, 7), normal(50, 7, seed=1)
    np.testing.assert_array_equal(softmin(x), softmax(-x))
    np.testing.assert_array_equal(softmin.vjp(x, g), -softmax.vjp(-x, g))
    np.testing.assert_array_equal(softmin(x, temperature=0.7), softmax(-x, temperature=0.7))


# Sparsemax is the nearest point of the simplex: that is what its name promises, however it is computed.


@given(arrays(np.float64, st.integers(1, 12), elements=st.floats(-4, 4)))
def test_sparsemax_is_the_projection(x):
    p = sparsemax(x)
    assert np.all(p >= 0) and p.sum() == pytest.approx(1, abs=1e-15 * x.size)
    # The optimality conditions: x − p is one number τ on the support, and nothing outside exceeds it.
    tau = (x - p)[p > 0]
    np.testing.assert_allclose(tau, tau[0], atol=4e-15)
    assert np.all(x[p == 0] <= tau[0] + 4e-15)


def test_sparsemax_keeps_its_digits():
    x = normal(200, 9, scale=1)
    for row, p in zip(x, sparsemax(x), strict=True):
        exact = sorted(map(Fraction, row.tolist()), reverse=True)
        sums = [sum(exact[: k + 1]) for k in range(len(exact))]
        tau = max((total - 1) / (k + 1) for k, total in enumerate(sums))  # the largest of all candidates
        expected = [float(max(Fraction(v) - tau, Fraction(0))) for v in row.tolist()]
        np.testing.assert_allclose(p, expected, rtol=4e-16, atol=1e-20)


# Long slices, which no block can hold, take no more memory than short ones, and nothing else changes.


@every_with_axis
@pytest.mark.parametrize("shape", [(40 * BLOCK,), (40 * BLOCK // 100, 100)], ids=["long", "many"])
def test_memory(record, shape):
    x = normal(*shape)
    g = np.ones_like(record(x))
    assert extra_memory(lambda: record(x)) < 1e6
    assert extra_memory(lambda: record.vjp(x, g)) < 1e6


@every_with_axis
def test_long_slices(record):
    # A few entries that count, spread over four pieces; the others are nearly nothing.
    places, values = [5, BLOCK + 1, 2 * BLOCK, 4 * BLOCK - 1], np.array([1.0, 2.0, 1.5, -0.5])
    sign = -1 if record is softmin else 1
    x = np.full((3, 4 * BLOCK), -800.0 * sign)
    x[:, places] = values * sign
    y, short = record(x), record(values * sign)
    if record is logsumexp:
        np.testing.assert_allclose(y, short, rtol=1e-15)
        g, g_short = np.ones(3), np.array(1.0)
    else:
        np.testing.assert_allclose(y[:, places], np.broadcast_to(short, (3, 4)), rtol=2e-15)
        g = np.zeros_like(x)
        g[:, places] = g_short = np.array([3.0, -1.0, 2.0, 0.5])
    np.testing.assert_array_equal(record(x[0]), y[0])
    gradient = record.vjp(x, g)
    np.testing.assert_allclose(
        gradient[:, places], np.broadcast_to(record.vjp(values * sign, g_short), (3, 4)), 1e-14
    )
    np.testing.assert_array_equal(record.vjp(x[0], g[0]), gradient[0])


@every_with_axis
@dtypes
def test_every_width_and_axis_gives_the_same(record, dtype):
    # Slices shorter than some width are worked on across, longer ones along.
    for width in (1, 2, 7, 31, 32, 33, 200):
        x = normal(60, width, seed=width).astype(dtype)
        y = np.array([record(row) for row in x])
        eps = 4 * float(np.finfo(dtype).eps)
        np.testing.assert_allclose(record(x), y, rtol=eps)
        np.testing.assert_allclose(
            np.moveaxis(record(x.T, axis=0), 0, -1) if y.ndim == 2 else record(x.T, axis=0), y, eps
        )
        assert record(x.T, axis=0).flags.c_contiguous


# Summing.


def test_exact_sums():
    rng = np.random.default_rng(4)
    for shape in ((50,), (1, 300), (40, 20), (30, 1000), (3 * BLOCK,)):
        x = np.exp(rng.uniform(-40, 10, shape))
        expected = [math.fsum(row) for row in x.reshape(-1, shape[-1])]
        computed = sum_in_pieces(lambda x: x, x, exact=True)
        assert computed.shape == (*shape[:-1], 1)
        np.testing.assert_allclose(computed.ravel(), expected, rtol=2.3e-16)
        np.testing.assert_array_equal(sum_in_pieces(lambda x: x, np.asfortranarray(x), exact=True), computed)
        plain = sum_in_pieces(lambda x: x, x)
        np.testing.assert_allclose(plain, computed, rtol=1e-13)
    # A number to start from is added before the sum is rounded.
    near_one = np.full((5, 200), 1 / 200)
    near_one[:, 0] += 1e-17
    exact = float(sum(map(Fraction, near_one[0].tolist())) - 1)
    np.testing.assert_allclose(
        sum_in_pieces(lambda x: x, near_one, exact=True, start=-1.0), exact, rtol=1e-10
    )


def test_pieces():
    x, c = np.arange(2.5 * BLOCK), np.array([2.0])
    np.testing.assert_array_equal(in_pieces(np.multiply, x, c), 2 * x)
    y = x.copy()
    assert in_pieces(np.multiply, y, c, out=y) is y
    np.testing.assert_array_equal(y, 2 * x)
    assert sum_in_pieces(np.multiply, x, c).tolist() == [2 * x.sum()]
    assert [len(a) for a, _ in pieces(x, c)] == [BLOCK, BLOCK, BLOCK // 2]
    assert all(b is c for _, b in pieces(x, c))

"""Every value and every derivative against mpmath, at 1500 points of every regime, for many parameters."""

import checks
import numpy as np
import points
import pytest
from records import ELEMENTWISE, VECTOR, by_setting

elementwise, vector = by_setting(ELEMENTWISE), by_setting(VECTOR)
dtypes = pytest.mark.parametrize("dtype", points.DTYPES, ids=lambda dtype: dtype.__name__)
kinds = pytest.mark.parametrize("kind", ["value", "derivative"])


@elementwise
@dtypes
def test_value(record, params, dtype):
    checks.check_value(record, params, dtype)


@elementwise
@dtypes
def test_derivative(record, params, dtype):
    checks.check_derivative(record, params, dtype)


@elementwise
@kinds
def test_every_float16(record, params, kind):
    checks.check_half(record, kind, params)


@elementwise
@kinds
def test_limits(record, params, kind):
    checks.check_limits(record, kind, params)


@vector
@dtypes
def test_vector_value(record, params, dtype):
    checks.check_vector_value(record, params, dtype)


@vector
@dtypes
def test_vector_vjp(record, params, dtype):
    checks.check_vector_vjp(record, params, dtype)


# The yardstick itself.


def test_an_ulp_is_the_distance_to_the_next_float():
    for dtype in (np.float64, np.float32, np.float16):
        x = np.array([1.0, 1.5, 2.0, 0.1, 3e-5, 0.0, np.finfo(dtype).smallest_subnormal], dtype)
        assert np.array_equal(checks.ulp(x.astype(np.float64), dtype), np.spacing(x))


def test_errors_below_one_ulp_are_seen():
    third = (np.array([1 / 3]), np.array([1.850371707708594e-17]))  # 1/3 to 32 digits
    assert checks.errors(np.array([1 / 3]), third, np.float64) == pytest.approx(1 / 3)
    assert checks.errors(np.nextafter([1 / 3], 1), third, np.float64) == pytest.approx(2 / 3)


def test_overflow_counts_as_the_next_float():
    largest = np.finfo(np.float64).max
    exact = (np.array([largest, largest / 2, 1.0]), np.zeros(3))
    error = checks.errors(np.array([np.inf] * 3), exact, np.float64)
    assert error[0] == 1 and error[1] > 1e15 and error[2] > 1e15
    assert checks.errors(np.array([largest]), (np.array([np.inf]), np.zeros(1)), np.float64) == 1

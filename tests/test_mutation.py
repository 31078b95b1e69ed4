"""The tests have teeth: break any function of any record, and a check fails.

What is broken, and how, stands in mutants.py. The checks are those that test_accuracy calls. The counterpart, whether a
lesson's stored outputs notice, is `make teeth`.
"""

import checks
import mutants
import numpy as np
import points
import pytest
import test_promises as promises
from records import ELEMENTWISE, VECTOR, by_name, cases


def survives(record, mutant):
    """Whether the broken record passes every check, for every setting and dtype."""
    if record in VECTOR:
        check = checks.check_vector_value if mutant.field == "f" else checks.check_vector_vjp
    else:
        check = checks.check_value if mutant.field == "f" else checks.check_derivative
    with mutants.planted(record, mutant):
        for params in cases(record):
            for dtype in points.DTYPES:
                try:
                    check(record, params, dtype)
                except (AssertionError, ValueError):
                    return False
    return True


@by_name(ELEMENTWISE + VECTOR)
def test_every_mutant_is_caught(record):
    planted = list(mutants.mutants(record))
    assert len({mutant.field for mutant in planted}) == 2, "value and derivative can both be broken"
    assert [str(mutant) for mutant in planted if survives(record, mutant)] == []


@by_name(ELEMENTWISE)
def test_kinks_have_mutants(record):
    faults = [mutant.fault for mutant in mutants.mutants(record) if mutant.field == "df"]
    kinks = record.joints() if record.smoothness() == 0 else ()
    assert sum(" as on its " in fault for fault in faults) >= len(kinks)


def overwriting(original):
    def function(x, **params):
        y = original(x, **params)
        x *= 2
        return y

    return function


def without_nan(original):
    return lambda x, **params: np.nan_to_num(original(x, **params), nan=0, posinf=np.inf, neginf=-np.inf)


def without_limits(original):
    return lambda x, **params: np.where(np.isinf(x), x.dtype.type(np.nan), original(x, **params))


def handed_back(original):
    return lambda x, **params: x


BROKEN_PROMISES = {
    "changes its input": (
        overwriting,
        lambda r: promises.test_inputs_are_never_changed_nor_returned(r, r),
    ),
    "hands its input back": (
        handed_back,
        lambda r: promises.test_inputs_are_never_changed_nor_returned(r, r),
    ),
    "swallows NaN": (without_nan, lambda r: promises.test_nan_stays_where_it_is(r, r)),
    "has no limits": (without_limits, lambda r: checks.check_limits(r, "value")),
}


@by_name(ELEMENTWISE)
@pytest.mark.parametrize("fault", BROKEN_PROMISES)
def test_broken_promises_are_noticed(record, fault):
    breaks, check = BROKEN_PROMISES[fault]
    mutant = mutants.Mutant("f", fault, breaks(record.f))
    if record.name == "sine" and fault == "has no limits":
        return  # it has none
    check(record)
    with mutants.planted(record, mutant), pytest.raises((AssertionError, ValueError)):
        check(record)


@by_name(ELEMENTWISE[:1])
def test_a_mutant_is_planted_and_taken_out(record):
    mutant = next(mutants.mutants(record))
    before = record(np.arange(3.0))
    with mutants.planted(record, mutant):
        assert not np.array_equal(record(np.arange(3.0)), before)
    assert np.array_equal(record(np.arange(3.0)), before)


def test_the_checks_pass_without_mutants():
    # Otherwise every mutant would look caught.
    for record in ELEMENTWISE[:3]:
        checks.check_value(record)
        checks.check_derivative(record)
    with (
        pytest.raises(AssertionError, match="points are off"),
        mutants.planted(record, next(mutants.mutants(record))),
    ):
        checks.check_value(record)

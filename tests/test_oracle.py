"""The reference data is right: it agrees with numerical derivatives, and no digit of it depends on the precision."""

import numpy as np
import oracle
import points
import pytest
from mpmath import mp, mpf
from records import ELEMENTWISE, RECORDS, by_setting


def test_every_record_has_reference_data():
    assert {record.name for record in RECORDS} <= set(oracle.ELEMENTWISE) | set(oracle.VECTOR)


@by_setting(ELEMENTWISE)
def test_derivative_is_that_of_the_value(record, params):
    exact = oracle.numbers(record.bind(**params))
    entry = oracle.ELEMENTWISE[record.name]
    joints = record.joints(**params)
    with mp.workdps(oracle.DIGITS):
        for x in np.random.default_rng(5).uniform(-12, 12, 25).tolist():
            step = mpf(10) ** -15
            if any(abs(x - joint) < 0.01 for joint in joints):
                continue
            slope = (entry.value(x + step, **exact) - entry.value(x - step, **exact)) / (2 * step)
            assert abs(slope - entry.derivative(mpf(x), **exact)) < mpf(10) ** -20 * (1 + abs(slope)), x


@pytest.mark.parametrize("kind", ["value", "derivative"])
@by_setting(ELEMENTWISE)
def test_more_digits_change_nothing(record, params, kind, monkeypatch):
    x = points.everywhere(np.float64, record.joints(**params))
    x = np.random.default_rng(6).permutation(x[np.abs(x) < 800])[:40]
    f, bound = getattr(oracle.ELEMENTWISE[record.name], kind), record.bind(**params)
    usual = oracle.evaluate(f, x, bound)
    monkeypatch.setattr(oracle, "DIGITS", 800)  # more than any cancellation among these can take
    careful = oracle.evaluate(f, x, bound)
    change = (usual.high - careful.high) + (usual.low - careful.low)
    assert np.all(np.abs(change) <= 1e-30 * np.abs(careful.high))

"""The records to test, the parameters to test them with, and their rules as plain functions of an array."""

import math
import tracemalloc

import numpy as np
import pytest

from activations import catalogue
from activations.core import Activation

RECORDS = list(catalogue.values())
ELEMENTWISE = [record for record in RECORDS if isinstance(record, Activation)]
VECTOR = [record for record in RECORDS if not isinstance(record, Activation)]


def by_name(records=RECORDS):
    """Run a test for each record."""
    return pytest.mark.parametrize("record", records, ids=lambda record: record.name)


def by_setting(records):
    """Run a test for each record and each setting of its parameters."""
    found = [
        pytest.param(record, params, id=f"{record.name}-{params}")
        for record in records
        for params in cases(record)
    ]
    return pytest.mark.parametrize(("record", "params"), found)


def by_rule(records=RECORDS):
    """Run a test for the value of each record and again for its derivative or vector-Jacobian product."""
    found = [
        pytest.param(record, rule, id=f"{record.name}-{name}")
        for record in records
        for name, rule in rules(record).items()
    ]
    return pytest.mark.parametrize(("record", "rule"), found)


def rules(record):
    """What a record computes from an array alone: its value, and its derivative or vjp."""
    if isinstance(record, Activation):
        return {"value": record, "derivative": record.derivative}
    return {"value": record, "vjp": lambda x, **params: _vjp(record, x, params)}


def _vjp(record, x, params):
    value = record(x, **params)
    return record.vjp(x, np.ones_like(value), **params)


def cases(record) -> list[dict]:
    """Settings of the parameters: the defaults, then one after the other is varied.

    The values come from the record: from its choices, or the ends of the slider, a place between them, and
    closed ends of the legal interval. Randomness and axes have tests of their own.
    """
    found = [{}]
    for name, param in record.params.items():
        if name not in ("axis", "rng", "training"):
            found += [{name: value} for value in _values(param) if value != param.default]
    return [params for params in found if _legal(record, params)]


def _values(param):
    if isinstance(param.bounds, tuple):
        return param.bounds
    low, high = param.slider[:2]
    values = [low, low + (high - low) * (math.sqrt(5) - 1) / 2, high]
    values += [end for end in (param.bounds.low, param.bounds.high) if math.isfinite(end)]
    # Multiples of 1/64 are the same number in every float dtype, so that all are tested on the same function.
    values = [round(v) if param.integer else round(v * 64) / 64 for v in values]
    return [v for v in dict.fromkeys(values) if v in param.bounds]


def _legal(record, params) -> bool:
    try:
        record.bind(**params)
    except ValueError:
        return False
    return True


def extra_memory(call):
    """The bytes a call takes at its peak, above those of its result."""
    call()
    tracemalloc.start()
    try:
        result = call()
        return tracemalloc.get_traced_memory()[1] - result.nbytes
    finally:
        tracemalloc.stop()

"""What the numerics promise beyond their docstrings: both ways to compute in float32, and sines of any product."""

import numpy as np
import pytest
from mpmath import mp, mpf, pi, sin
from numpy.testing import assert_array_equal

from activations import numerics

vectorised = pytest.mark.parametrize("vectorised", [True, False], ids=["NumPy's loop", "our series"])


def ulps(computed, exact):
    spacing = np.spacing(np.abs(exact).astype(computed.dtype)).astype(np.float64)
    return np.max(np.abs(computed - exact) / spacing)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"log1p": {"ff": {"current": "X86_V4", "available": "X86_V4 baseline(X86_V2)"}}}, True),
        ({"log1p": {"ff": {"current": "baseline(X86_V2)", "available": "X86_V4 baseline(X86_V2)"}}}, False),
        ({}, False),  # a processor for which NumPy has no such instructions at all
    ],
)
def test_whether_numpy_has_vector_instructions(found, expected, monkeypatch):
    monkeypatch.setattr(np.lib.introspect, "opt_func_info", lambda **_: found)
    assert numerics._is_vectorised("log1p") is expected


@vectorised
@pytest.mark.parametrize("name", ["log1p", "expm1"])
def test_both_ways_in_float32(name, vectorised, monkeypatch):
    # Which of them a machine takes depends on its processor.
    monkeypatch.setitem(numerics.VECTORISED, name, vectorised)
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.random(20_000), 2.0 ** rng.uniform(-120, 0, 20_000), [0, 1]]).astype(np.float32)
    x = x if name == "log1p" else -20 * x
    computed = getattr(numerics, name)(x)
    assert computed.dtype == np.float32
    assert ulps(computed, getattr(np, name)(x.astype(np.float64))) < 3


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("turns", [0, 1 / 4, 1 / 2])
@pytest.mark.parametrize("c", [0.3, 1.0, 30.0, 2.0**900])
def test_sine_of_a_product(c, turns, dtype):
    if c > 1e300 and dtype == np.float32:
        c = 2.0**100
    rng, edge = np.random.default_rng(1), 2.0**17 / c
    # Where the nearest half turn changes; where its multiples stop being exact; and far beyond.
    places = [np.arange(-40, 40) / 4 * np.pi / c, edge * np.array([1 - 1e-6, 1, 1 + 1e-6])]
    x = np.concatenate([*places, edge * rng.uniform(-3, 3, 300), 10.0 ** rng.uniform(-30, 30, 200)]).astype(
        dtype
    )
    with np.errstate(all="ignore"):  # as formulas are called
        computed = numerics.sin_product(c, x, turns)
    with mp.workprec(1400):
        exact = [sin(mpf(c) * mpf(float(v)) + mpf(turns) * pi) for v in x]
        error = np.array([float(abs(mpf(float(y)) - e)) for y, e in zip(computed, exact, strict=True)])
    # In ulp of the result, or of 1/16 next to its zeros; beyond the edge, in ulp of 1.
    size = np.where(np.abs(x) > edge, 1, np.maximum(np.abs(np.array(exact, float)), 1 / 16))
    assert np.max(error / np.spacing(size.astype(dtype))) < 2


def test_sine_of_an_odd_number_of_half_turns():
    x = np.arange(9) * np.pi + 0.5
    assert_array_equal(np.sign(numerics.sin_product(1.0, x)), np.sign(np.sin(x)))
    assert_array_equal(np.sign(numerics.sin_product(1.0, x, 1 / 2)), np.sign(np.cos(x)))

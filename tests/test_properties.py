"""Laws that hold for every input, tried on inputs that hypothesis invents."""

import math

import numpy as np
import oracle
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from mpmath import mp, mpf
from records import ELEMENTWISE, VECTOR, by_name

from activations import catalogue
from activations.core import Interval

settings.register_profile("course", max_examples=50, deadline=None, derandomize=True, database=None)
settings.load_profile("course")

EPS = float(np.finfo(np.float64).eps)
numbers = st.floats(-1e3, 1e3)
finite = st.floats(allow_nan=False, allow_infinity=False)
slices = arrays.arrays(np.float64, st.integers(1, 12), elements=st.floats(-50, 50))


@st.composite
def parameters(draw, record):
    """A setting of a record's parameters, anywhere between the ends of the sliders."""
    found = {}
    for name, param in record.params.items():
        if name == "axis" or param.bounds is None:
            continue
        if isinstance(param.bounds, tuple):
            found[name] = draw(st.sampled_from(param.bounds))
        else:
            low, high = param.slider[:2]
            if param.integer:
                found[name] = draw(st.integers(low, high))
            else:  # in steps of 1/64: nobody means 1e-300
                found[name] = draw(st.integers(math.ceil(64 * low), math.floor(64 * high))) / 64
            assume(found[name] in param.bounds)
    found.pop("training", None)
    assume(is_legal(record, found))
    return found


def is_legal(record, params):
    try:
        record.bind(**params)
    except ValueError:
        return False
    return True


# Elementwise functions, at any parameters.


@by_name(ELEMENTWISE)
@given(data=st.data())
def test_values_stay_in_the_image(record, data):
    params = data.draw(parameters(record))
    y, image = record(data.draw(finite), **params), record.image(**params)
    slack = 16 * EPS * (1 + abs(y) if np.isfinite(y) else 1)
    assert image.low - slack <= y <= image.high + slack


@by_name([record for record in ELEMENTWISE if record.monotone()])
@given(data=st.data(), pair=st.tuples(numbers, numbers))
def test_monotone_functions_never_fall(record, data, pair):
    params = data.draw(parameters(record))
    assume(record.monotone(**params))
    low, high = record(np.sort(pair), **params)
    assert high >= low or low - high <= 16 * EPS * abs(low)
    assert record.derivative(pair[0], **params) >= 0


@by_name(ELEMENTWISE)
@given(data=st.data(), x=st.floats(-50, 50))
def test_derivative_is_the_limit_of_difference_quotients(record, data, x):
    params = data.draw(parameters(record))
    # At 0 pieces meet in some functions for some parameters.
    assume(x != 0 and all(abs(x - joint) > 1e-9 for joint in record.joints(**params)))
    f, exact = oracle.ELEMENTWISE[record.name].value, oracle.numbers(record.bind(**params))
    with mp.workdps(150):  # beyond any cancellation for |x| up to 50
        step = mpf(10) ** -20
        slope = (f(x + step, **exact) - f(x - step, **exact)) / (2 * step)
    assume(abs(slope) < 1e300)
    computed = record.derivative(x, **params)
    # A slope of 1/16 or less may be one that passes through zero.
    assert abs(computed - slope) <= 1e-12 * max(abs(slope), 1 / 16)


ODD = ["identity", "linear", "tanh", "softsign", "hard_shrink", "soft_shrink", "tanh_shrink", "sine"]
ABOUT_ONE_HALF = ["sigmoid", "hard_sigmoid", "sparse_sigmoid"]
SHARING = ["relu", "softplus", "squareplus", "sparse_plus", "gelu", "silu", "hard_silu"]  # f(x) - f(-x) = x
HOMOGENEOUS = ["identity", "linear", "relu", "leaky_relu", "prelu", "rrelu"]


@pytest.mark.parametrize("name", ODD)
@given(data=st.data(), x=finite)
def test_odd_functions(name, data, x):
    record = catalogue[name]
    params = data.draw(parameters(record))
    assert record(-x, **params) == -record(x, **params)
    assert record.derivative(-x, **params) == record.derivative(x, **params)
    assert record.zero_centred(**params)


@pytest.mark.parametrize("name", ABOUT_ONE_HALF)
@given(x=finite)
def test_functions_symmetric_about_one_half(name, x):
    record = catalogue[name]
    assert record(x) + record(-x) == pytest.approx(1, abs=2 * EPS)
    assert record.derivative(-x) == record.derivative(x)


@pytest.mark.parametrize("name", SHARING)
@given(data=st.data(), x=numbers)
def test_gates_share_out_their_input(name, data, x):
    record = catalogue[name]
    params = data.draw(parameters(record))
    assert record(x, **params) - record(-x, **params) == pytest.approx(x, abs=32 * EPS * (1 + abs(x)))
    assume(x != 0)
    assert record.derivative(x, **params) + record.derivative(-x, **params) == pytest.approx(1, abs=64 * EPS)


@pytest.mark.parametrize("name", HOMOGENEOUS)
@given(data=st.data(), x=numbers, scale=st.floats(0, 1e3))
def test_positively_homogeneous_functions(name, data, x, scale):
    record = catalogue[name]
    params = data.draw(parameters(record))
    scaled = scale * record(x, **params)
    assert record(scale * x, **params) == pytest.approx(scaled, rel=8 * EPS, abs=1e-300)


@pytest.mark.parametrize("name", ["softplus", "elu", "silu", "relu6", "gelu", "mish"])
def test_functions_that_are_not_homogeneous(name):
    x = np.linspace(-5, 5, 101)
    assert np.max(np.abs(catalogue[name](2 * x) - 2 * catalogue[name](x))) > 0.1


@given(x=finite)
def test_relations_between_functions(x):
    f = {name: record(x) for name, record in catalogue.items() if record in ELEMENTWISE}
    near = lambda value, **more: pytest.approx(value, rel=1e-12, abs=4 * EPS, **more)  # noqa: E731
    assert f["tanh"] == near(2 * catalogue["sigmoid"](2 * x) - 1 if abs(x) < 1e300 else np.sign(x))
    assert f["hard_silu"] == near(x * f["hard_sigmoid"])
    assert f["silu"] == near(x * f["sigmoid"])
    assert f["log_sigmoid"] == near(-catalogue["softplus"](-x))
    assert f["elu"] == f["celu"] == f["relu"] + min(f["elu"], 0)
    assert f["leaky_relu"] == near(catalogue["prelu"](x, weight=0.01))
    assert f["relu"] == catalogue["threshold"](x) == catalogue["leaky_relu"](x, negative_slope=0)
    assert f["identity"] == f["linear"] == near(f["soft_shrink"] + catalogue["hard_tanh"](x, -0.5, 0.5))
    assert f["tanh_shrink"] == near(x - f["tanh"])
    assert catalogue["softplus"].derivative(x) == near(f["sigmoid"])
    assert catalogue["sparse_plus"].derivative(x) == f["sparse_sigmoid"]
    assert catalogue["relu"].derivative(x) == f["step"]


# Functions of vectors.

PROBABILITIES = [
    catalogue[name] for name in ("softmax", "softmin", "sparsemax", "hardmax") if name in catalogue
]


@by_name(PROBABILITIES)
@given(x=slices)
def test_probabilities(record, x):
    p = record(x)
    assert np.all(p >= 0)
    assert p.sum() == pytest.approx(1, abs=4 * EPS * x.size)
    assert record.vjp(x, np.ones_like(x)) == pytest.approx(0, abs=4 * EPS)  # the sum never changes


@by_name([catalogue[name] for name in ("softmax", "softmin", "log_softmax", "sparsemax", "hardmax")])
@given(x=slices.map(np.round), shift=st.integers(-1000, 1000))
def test_shift_invariance(record, x, shift):
    # Whole numbers, so that the shift itself rounds nothing.
    np.testing.assert_allclose(record(x + shift), record(x), rtol=1e-12, atol=1e-300)


@given(x=slices.map(np.round), shift=st.integers(-1000, 1000))
def test_logsumexp_moves_with_a_shift(x, shift):
    logsumexp = catalogue["logsumexp"]
    assert logsumexp(x + shift) == pytest.approx(logsumexp(x) + shift, rel=1e-12, abs=1e-12)
    assert np.max(x) <= logsumexp(x) <= np.max(x) + np.log(x.size) * (1 + 4 * EPS)


@by_name(
    [catalogue[name] for name in ("softmax", "softmin", "log_softmax", "logsumexp", "sparsemax", "hardmax")]
)
@given(x=slices, seed=st.integers(0, 2**32 - 1))
def test_order_of_entries_does_not_matter(record, x, seed):
    x = np.unique(x)  # hardmax breaks ties by order
    order = np.random.default_rng(seed).permutation(x.size)
    y, shuffled = record(x), record(x[order])
    np.testing.assert_allclose(shuffled, y if y.ndim == 0 else y[order], rtol=1e-12, atol=1e-300)


@given(x=slices)
def test_softmax_relations(x):
    softmax, log_softmax, logsumexp = (catalogue[name] for name in ("softmax", "log_softmax", "logsumexp"))
    np.testing.assert_allclose(np.exp(log_softmax(x)), softmax(x), rtol=1e-12)
    np.testing.assert_allclose(logsumexp.vjp(x, np.array(1.0)), softmax(x), rtol=1e-12)
    np.testing.assert_allclose(catalogue["softmin"](x), softmax(-x), rtol=1e-12)
    assert np.argmax(softmax(x)) == np.argmax(x)
    assert np.argmax(catalogue["hardmax"](x)) == np.argmax(x)
    two = np.array([x[0], 0.0])
    assert softmax(two)[0] == pytest.approx(catalogue["sigmoid"](x[0]), rel=1e-12)
    assert catalogue["sparsemax"](two)[0] == pytest.approx(catalogue["sparse_sigmoid"](x[0]), abs=1e-12)


@by_name(VECTOR)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_vjp_is_linear_in_the_gradient(record, data, seed):
    random = np.random.default_rng(seed)
    x = random.normal(scale=3, size=(2, 4, 3, 4))
    g, h = random.normal(size=(2, *np.shape(record(x))))
    a, b = data.draw(st.tuples(st.floats(-3, 3), st.floats(-3, 3)))
    together = record.vjp(x, a * g + b * h)
    np.testing.assert_allclose(together, a * record.vjp(x, g) + b * record.vjp(x, h), rtol=1e-10, atol=1e-12)


# Intervals and parameters.


@given(ends=st.tuples(finite, finite), brackets=st.sampled_from(["[]", "()", "[)", "(]"]), x=finite)
def test_intervals(ends, brackets, x):
    low, high = sorted(ends)
    interval = Interval(f"{brackets[0]}{low!r}, {high!r}{brackets[1]}")
    assert interval == Interval(low=low, high=high, ends=brackets)
    assert (x in interval) == (
        (low < x < high)
        or (x == low and brackets[0] == "[" and (low < high or brackets == "[]"))
        or (x == high and brackets[1] == "]" and (low < high or brackets == "[]"))
    )
    assert np.nan not in interval

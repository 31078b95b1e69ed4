"""What every record promises, whatever it computes: dtypes, shapes, untouched inputs, no warnings, clear errors."""

import copy
import inspect
import itertools
import math
import pickle
import re
from fractions import Fraction

import checks
import numpy as np
import points
import pytest
from numpydoc.docscrape import FunctionDoc
from records import ELEMENTWISE, RECORDS, VECTOR, by_name, by_rule, by_setting, extra_memory, rules

from activations.core import Activation, Interval, Param, block_length

FLOATS = (np.float16, np.float32, np.float64)
BLOCK = block_length(np.dtype(np.float32))  # the longest
floats = pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)

# Shapes on which every function of vectors works too: halves and groups divide the last axis, channels are axis -3.
SHAPES = [(12,), (1, 0, 12), (1, 1, 12), (0, 4, 3, 12), (2, 4, 3, 12), (3, 1, 2, 12)]


def example(shape=(2, 4, 3, 12), dtype=np.float64):
    return np.random.default_rng(1).normal(scale=4, size=shape).astype(dtype)


def fits(record, shape):
    return isinstance(record, Activation) or len(shape) >= -record.fixed_axis


def assert_same(computed, expected):
    """Equal up to the last bits: loops over contiguous and over strided memory may round differently."""
    assert computed.dtype == expected.dtype and computed.shape == expected.shape
    eps = float(np.finfo(expected.dtype).eps)
    np.testing.assert_allclose(computed, expected, rtol=8 * eps, atol=8 * eps)


# Types and shapes.


@by_rule()
def test_float_dtypes_are_kept(record, rule):
    for dtype in FLOATS:
        assert rule(example(dtype=dtype)).dtype == dtype


@by_rule()
def test_integers_become_float64(record, rule):
    x = np.arange(288).reshape(2, 4, 3, 12) % 5
    for dtype in ("?", "i1", "u1", "i2", "i4", "u8", "i8"):
        assert_same(rule(x.astype(dtype)), rule(x.astype(dtype).astype(np.float64)))


@by_name(ELEMENTWISE)
def test_shapes_are_kept(record):
    for shape in [(), (0,), (1,), (7,), (0, 3), (2, 0, 4), (2, 3, 5), (1,) * 6]:
        for rule in rules(record).values():
            assert np.shape(rule(np.ones(shape))) == shape
        assert np.shape(record.vjp(np.ones(shape), np.ones(shape))) == shape


@by_name(VECTOR)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_shapes_of_vector_functions(record, shape):
    if not fits(record, shape):
        with pytest.raises(ValueError, match="x must have at least"):
            record(np.ones(shape))
        return
    x, value = np.ones(shape), record(np.ones(shape))
    assert np.shape(record.vjp(x, np.ones_like(value))) == shape
    others = list(shape)
    del others[record.fixed_axis]
    shape_of_value = list(value.shape)
    if value.ndim == x.ndim:
        del shape_of_value[record.fixed_axis]
    assert shape_of_value == others


@by_name(VECTOR)
def test_vector_functions_refuse_single_numbers(record):
    with pytest.raises(ValueError, match="x must have at least"):
        record(1.0)


@by_rule(ELEMENTWISE)
def test_scalars_stay_scalars(record, rule):
    for dtype in FLOATS:
        for x in (dtype(0.5), np.array(0.5, dtype)):
            assert isinstance(rule(x), dtype)
    for x in (0.5, 1, True):
        assert isinstance(rule(x), np.float64)
    x = np.random.default_rng(9).uniform(-100, 100, 40)
    assert_same(np.array([rule(v) for v in x]), rule(x))


@by_rule()
def test_lists_and_tuples_are_arrays(record, rule):
    x = example()
    assert_same(rule(x.tolist()), rule(x))
    assert_same(rule(tuple(x.tolist())), rule(x))


@by_rule()
@pytest.mark.parametrize("shape", [(2, 4, 3, 12), (BLOCK // 96, 4, 3, 12)], ids=["small", "blocks"])
def test_any_memory_layout(record, rule, shape):
    x = example(shape)
    expected = rule(x)
    layouts = {
        "Fortran": np.asfortranarray(x),
        "transposed": np.ascontiguousarray(x.T).T,
        "strided": np.repeat(x, 2, axis=-1)[..., ::2],
        "reversed": np.ascontiguousarray(x[::-1, :, ::-1])[::-1, :, ::-1],
        "big-endian": x.astype(">f8"),
        "little-endian": x.astype("<f8"),
        "unaligned": np.frombuffer(b"0" + x.tobytes(), np.uint8)[1:].view(np.float64).reshape(shape),
        "masked subclass": x.view(np.ma.MaskedArray),
    }
    for name, array in layouts.items():
        computed = rule(array)
        assert type(computed) is np.ndarray, name
        assert_same(computed, expected)
    repeated = np.broadcast_to(x[:1], (3, *x.shape[1:]))  # stride 0
    assert_same(rule(repeated), rule(repeated.copy()))


@by_rule()
@floats
def test_blocks_change_nothing(record, rule, dtype):
    x = example((BLOCK // 72 + 1, 4, 3, 12), dtype)
    assert x.size > 2 * BLOCK
    parts = [rule(x[start : start + 33]) for start in range(0, len(x), 33)]
    assert_same(rule(x), np.concatenate(parts))


@by_rule(ELEMENTWISE)
@pytest.mark.parametrize(
    "dtype", FLOATS[1:], ids=lambda dtype: dtype.__name__
)  # float16 takes buffers on top
def test_memory(record, rule, dtype):
    x = example(20 * BLOCK, dtype)  # vector functions have a test of their own
    assert extra_memory(lambda: rule(x)) < 1e6


@by_name(VECTOR)
@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_axis(record, axis):
    if "axis" not in record.params:
        with pytest.raises(TypeError, match="no parameter 'axis'"):
            record(example(), axis=axis)
        return
    x = example((4, 6, 8))
    moved = np.moveaxis(x, axis, -1)
    value = record(moved)
    expected = np.moveaxis(value, -1, axis) if value.ndim == x.ndim else value
    assert_same(record(x, axis=axis), expected)
    g = example(value.shape)
    put_back = np.moveaxis(g, -1, axis) if value.ndim == x.ndim else g
    assert_same(record.vjp(x, put_back, axis=axis), np.moveaxis(record.vjp(moved, g), -1, axis))


@by_name(VECTOR)
@pytest.mark.parametrize("axis", [4, -5])
def test_axis_that_is_not_there(record, axis):
    if "axis" in record.params:
        with pytest.raises(ValueError, match=f"axis must name one of the 4 axes of x.*{axis}"):
            record(example(), axis=axis)


# Inputs are left alone.


@by_rule()
def test_inputs_are_never_changed_nor_returned(record, rule):
    for rows, dtype in itertools.product((2, BLOCK // 120), FLOATS):
        x = example((rows, 4, 3, 12), dtype)
        before = x.copy()
        assert not np.shares_memory(rule(x), x)
        assert np.array_equal(x, before)
        x.flags.writeable = False
        assert rule(x).flags.writeable


@by_name()
def test_gradients_are_never_changed_nor_returned(record):
    x = example()
    g = example(np.shape(record(x)))
    before = g.copy()
    g.flags.writeable = False
    computed = record.vjp(x, g)
    assert np.array_equal(g, before)
    assert not np.shares_memory(computed, g)


# Special numbers.


@by_rule(ELEMENTWISE)
def test_nan_stays_where_it_is(record, rule):
    holes = np.zeros(example().shape, bool)
    holes[0, 1, 2, 3] = holes[1, 3] = True
    for dtype in FLOATS:
        x = example(dtype=dtype)
        y = rule(np.where(holes, dtype(np.nan), x))
        assert np.array_equal(np.isnan(y), holes)
        assert_same(y[~holes], rule(x)[~holes])


@by_name(VECTOR)
@floats
def test_nan_spoils_its_slice_only(record, dtype):
    axis = record.fixed_axis
    x = np.moveaxis(example(dtype=dtype), axis, -1).copy()
    clean = rules(record)["value"](np.moveaxis(x, -1, axis))
    x[0, 1, 2, 1] = np.nan
    y = record(np.moveaxis(x, -1, axis))
    if y.ndim == x.ndim:
        y, clean = np.moveaxis(y, axis, -1), np.moveaxis(clean, axis, -1)
    assert np.isnan(y[0, 1, 2]).any()
    y[0, 1, 2] = clean[0, 1, 2]
    assert_same(y, clean)


SPECIAL = [0.0, -0.0, np.nan, np.inf, -np.inf]


@by_setting(RECORDS)
@floats
def test_no_warning_whatever_the_floats(record, params, dtype):
    x = points.everywhere(dtype) if dtype != np.float16 else checks.HALVES
    x = np.concatenate([x, np.array(SPECIAL, dtype)])
    if record in VECTOR:  # neighbours, strangers and infinities side by side, along the last axis but two
        x = np.concatenate([x, np.random.default_rng(2).permutation(x)])
        x = np.resize(x, (x.size // 144 + 1, 4, 3, 12))
    with np.errstate(all="raise"):
        for rule in rules(record).values():
            rule(x, **params)
            rule(x[:1], **params)


@by_name(ELEMENTWISE)
def test_vjp_is_the_gradient_times_the_derivative(record):
    x, g = example(), example()[::-1].copy()
    assert_same(record.vjp(x, g), g * record.derivative(x))
    halves = record.vjp(x.astype(np.float16), g.astype(np.float16))
    assert halves.dtype == np.float16


# Errors.

NOT_REAL = [
    np.array([1j]),
    np.array([None]),
    np.array(["1"]),
    np.array([b"1"]),
    np.array(["2024-01-01"], dtype="M8[D]"),
    np.zeros(4, "f8,f8"),
    None,
    "one",
    {"a": 1.0},
]
if np.dtype(np.longdouble).itemsize > 8:
    NOT_REAL.append(np.zeros(4, np.longdouble))


@by_rule()
def test_what_is_not_real_is_refused(record, rule):
    for x in NOT_REAL:
        with pytest.raises(TypeError, match="^x must hold real numbers"):
            rule(x)


@by_name()
def test_gradients_must_be_real(record):
    for g in NOT_REAL:
        with pytest.raises(TypeError, match="^g must hold real numbers"):
            record.vjp(example(), g)


@by_name()
def test_gradients_must_fit(record):
    shape = np.shape(record(example()))
    with pytest.raises(ValueError, match=r"^g must have the shape of the output.*got \(3,\)") as error:
        record.vjp(example(), np.ones(3))
    assert str(shape) in str(error.value)


def refused_values(param):
    """Illegal values of a parameter, made from its bounds, and what the error must be."""
    if param.bounds is None:
        return [(-1, ValueError), ("seed", TypeError), (0.5, TypeError)]
    if isinstance(param.bounds, tuple):
        return [("no such choice", ValueError), (3.25, ValueError), (None, ValueError)]
    low, high = param.bounds.low, param.bounds.high
    found = [math.nan]
    for end, bracket, outside in ((low, param.bounds.ends[0], -1), (high, param.bounds.ends[1], 1)):
        if math.isfinite(end):
            found += [math.nextafter(end, outside * math.inf), end + outside, outside * math.inf]
        if bracket in "()":
            found.append(end)
    if param.integer:
        found = [round(v) for v in found if math.isfinite(v)]
        wrong_type = [0.5, "1", None, 1j, [1, 2]]
    else:
        wrong_type = ["1", None, 1j, {}] + ([] if param.per_channel else [[0.5, 0.5]])
    return [(v, ValueError) for v in found if v not in param.bounds] + [(v, TypeError) for v in wrong_type]


PARAMETERS = [pytest.param(r, name, id=f"{r.name}-{name}") for r in RECORDS for name in r.params]


@pytest.mark.parametrize(("record", "name"), PARAMETERS)
def test_illegal_parameters_are_refused(record, name):
    bad = refused_values(record.params[name])
    assert bad
    for value, error in bad:
        for rule in (*rules(record).values(), lambda x, **params: record.vjp(x, x, **params)):
            with pytest.raises(error, match=f"^{name} must ") as caught:
                rule(example(), **{name: value})
            assert repr(value) in str(caught.value) or isinstance(value, list)


@by_name(
    [record for record in RECORDS if any(isinstance(p.bounds, Interval) for p in record.params.values())]
)
def test_legal_parameters_come_in_many_types(record):
    for name, param in record.params.items():
        if isinstance(param.bounds, Interval) and name != "axis":
            expected = record(example(), **{name: param.default})
            for kind in (np.int32, np.asarray) if param.integer else (np.float64, np.asarray):
                assert_same(record(example(), **{name: kind(param.default)}), expected)


@by_name([record for record in RECORDS if record.constraint is not None])
def test_parameters_that_do_not_go_together_are_refused(record):
    # Such pairs are ordered: exchanging the two defaults breaks the rule.
    first, second = [name for name, param in record.params.items() if isinstance(param.bounds, Interval)]
    swapped = {first: record.params[second].default, second: record.params[first].default}
    with pytest.raises(ValueError, match=f"^{first} must.*{second}") as caught:
        record(example(), **swapped)
    assert all(f"{value}" in str(caught.value) for value in swapped.values())


@by_rule()
def test_unknown_parameters_are_refused(record, rule):
    with pytest.raises(TypeError, match=f"{record.name} has no parameter 'nonsense'") as caught:
        rule(example(), nonsense=1)
    assert all(name in str(caught.value) for name in record.params)


@by_name()
def test_parameters_by_position(record):
    defaults = [param.default for param in record.params.values()]
    assert_same(record(example(), *defaults), record(example()))
    with pytest.raises(TypeError, match=f"at most {len(defaults)} parameters besides x"):
        record(example(), *defaults, 1)
    if defaults:
        with pytest.raises(TypeError, match=f"{record.name} got {next(iter(record.params))} twice"):
            record(example(), defaults[0], **{next(iter(record.params)): defaults[0]})


# A record stands in for its function.


@by_name()
def test_pickles_and_copies_are_the_same_object(record):
    assert pickle.loads(pickle.dumps(record)) is record
    assert copy.copy(record) is copy.deepcopy(record) is record


@by_name()
def test_signature_shows_the_parameters(record):
    first, *rest = inspect.signature(record).parameters.values()
    assert first.name == "x" and first.default is inspect.Parameter.empty
    assert {p.name: p.default for p in rest} == {name: p.default for name, p in record.params.items()}
    assert list(record.params) == [p.name for p in rest]


@by_name()
def test_plain_function_has_the_same_defaults(record):
    for name, parameter in list(inspect.signature(record.f).parameters.items())[1:]:
        assert parameter.default == record.params[name].default


@by_name()
def test_docstring_names_parameters_and_defaults(record):
    documented = {}
    for entry in FunctionDoc(record.f)["Parameters"][1:]:
        choices = re.match(r"\{([^,}]+)", entry.type)  # of choices in braces the first is the default
        default = choices[1] if choices else entry.type.partition("default")[2] or "None"
        names = [name.strip() for name in entry.name.split(",")]
        values = [value.strip() for value in default.split(" and ")]
        documented |= dict(
            zip(names, values if len(values) == len(names) else values * len(names), strict=True)
        )
    assert list(documented) == list(record.params)
    for name, text in documented.items():
        assert read(text) == record.params[name].default, f"{name}: documented as {text}"


def read(text):
    """A default as docstrings write it: a number, a fraction, a quoted word, True, False or None."""
    words = {"True": True, "False": False, "None": None}
    if text in words:
        return words[text]
    return text.strip("\"'") if text[0] in "\"'" else float(Fraction(text))


@by_name()
def test_repr_names_the_function_and_its_defaults(record):
    assert record.name in repr(record)
    assert all(f"{name}={param.default!r}" for name, param in record.params.items())


def test_defaults_must_go_together():
    with pytest.raises(ValueError, match="the defaults of bent do not go together: low must be below high"):

        def bent(x, low=1.0, high=0.0):
            return x

        params = {"low": Param(1.0, "(-inf, inf)"), "high": Param(0.0, "(-inf, inf)")}
        Activation(
            bent,
            bent,
            latex="x",
            derivative_latex="1",
            params=params,
            constraint=lambda low, high: None if low < high else "low must be below high",
        )

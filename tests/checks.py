"""The checks themselves, as functions of a record: tests call them, and the mutation test shows they bite.

Each raises AssertionError with the function, the point, both results and the error in ulp.

The bounds, all of them promises of the package:

- |x| ≤ 10: at most 4 ulp for values and 8 ulp for derivatives, in the dtype of x, unless the oracle says
  otherwise;
- elsewhere: a relative error of at most 1e-12 in float64. That is 4504 times its eps, and 4504 eps is the
  bound in float32 too (5.4e-4). A result below the smallest normal number may be off by as much as that
  number;
- near a zero of the result away from x = 0: as above, but in ulp (or eps) of 1/16;
- float16: at most 1 ulp from the correctly rounded result.

An infinite result counts as the first number beyond the largest float: overflow a few ulp too early or too
late is an error of a few ulp, overflow anywhere else a huge one.
"""

from functools import partial

import numpy as np
import oracle
import points

RELATIVE = 1e-12 / np.finfo(np.float64).eps  # in eps, for every dtype
CENTRE = 10
NEAR_ZERO = 1 / 16


def ulp(size, dtype):
    """The distance between neighbouring floats of a dtype at this absolute size, as float64."""
    info = np.finfo(dtype)
    smallest = float(info.smallest_subnormal)
    exponent = np.frexp(np.clip(size, smallest, float(info.max)))[1]
    return np.maximum(np.ldexp(1.0, exponent - 1 - info.nmant), smallest)


def errors(computed, reference, dtype, floor=0.0):
    """The error of each result in ulp of the exact one, or of `floor` where the exact one is smaller."""
    high, low = reference
    # 2**1024, the first number beyond float64, is not a float64 itself: scale the largest results down.
    scale = np.where(np.abs(high) > 2.0**1000, 2.0**-60, 1.0)
    with np.errstate(over="ignore"):
        beyond = np.ldexp(scale, np.finfo(dtype).maxexp)
    exact = np.clip(high * scale, -beyond, beyond)
    got = np.clip(np.asarray(computed, np.float64) * scale, -beyond, beyond)
    rest = np.where(np.abs(exact) < beyond, low * scale, 0)
    with np.errstate(over="ignore"):
        return np.abs((got - exact) - rest) / (ulp(np.maximum(np.abs(high), floor), dtype) * scale)


def allowed(distance, reference, dtype, centre, floor=0.0):
    """How many ulp each result may be off: `centre` up to distance 10, then as the relative bound says."""
    info = np.finfo(dtype)
    size = np.maximum(np.minimum(np.abs(reference.high), float(info.max)), floor)
    smallest = float(info.smallest_normal)
    absolute = np.where(size < smallest, smallest, RELATIVE * float(info.eps) * size)
    return np.where(distance <= CENTRE, centre, absolute / ulp(size, dtype))


def measure(record, kind, params, dtype, x=None, function=None):
    """Return points, results, exact results, errors and bounds: all that a check or a table wants to know.

    The points are those of every regime unless `x` is given; the results are ours unless `function` gives others.
    """
    entry = oracle.ELEMENTWISE[record.name]
    if x is None:
        x = points.everywhere(dtype, record.joints(**params))
        x = x[~_beside_rounded_joint(x, record.joints(**params), dtype)]
    if function is None:
        function = partial(record if kind == "value" else record.derivative, **params)
    computed = function(x)
    bound = record.bind(**params)
    exact = oracle.reference(record.name, kind, x, bound)
    distance, place = np.abs(x.astype(np.float64)), x.astype(np.float64)
    is_near = getattr(entry, f"{kind}_zero")
    floor = np.array([NEAR_ZERO if is_near(v, **bound) else 0.0 for v in place.tolist()])
    centre = getattr(entry, f"{kind}_ulp")
    return (
        x,
        computed,
        exact,
        errors(computed, exact, dtype, floor),
        allowed(distance, exact, dtype, centre, floor),
    )


def _beside_rounded_joint(x, joints, dtype):
    """Which points lie next to a joint that is no short binary fraction: its place is itself rounded."""
    beside = np.zeros(x.shape, bool)
    for joint in joints:
        if joint * 4096 != round(joint * 4096):
            beside |= np.abs(x.astype(np.float64) - joint) <= 3 * ulp(abs(joint), dtype)
    return beside


def _check(record, kind, params, dtype):
    x, computed, exact, error, bound = measure(record, kind, params, dtype)
    assert computed.dtype == dtype and computed.shape == x.shape, f"{computed.dtype}, {computed.shape}"
    bad = ~(error <= bound)  # NaN is bad
    if bad.any():
        excess = np.where(np.isnan(error), np.inf, np.maximum(error, 1) / bound)
        worst = np.flatnonzero(bad)[np.argmax(excess[bad])]
        raise AssertionError(
            f"{record.name} {kind} {params} {np.dtype(dtype)}: {bad.sum()} of {x.size} points are off; "
            f"the worst, x = {x[worst]!r}: got {computed[worst]!r}, right is {exact.high[worst]!r}, "
            f"{error[worst]:.3g} ulp where {bound[worst]:.3g} are allowed"
        )


def check_value(record, params=None, dtype=np.float64):
    """Every value lies within the promised distance of the exact one."""
    _check(record, "value", params or {}, dtype)


def check_derivative(record, params=None, dtype=np.float64):
    """Every derivative lies within the promised distance of the exact one."""
    _check(record, "derivative", params or {}, dtype)


HALVES = np.arange(2**16, dtype=np.uint16).view(np.float16)
HALVES = HALVES[np.isfinite(HALVES)]


def check_half(record, kind, params=None):
    """For every float16 there is, the result is at most 1 ulp from the rounded float64 result.

    That one is in the right place to many more digits than float16 has; `check_value` sees to it.
    """
    f = record if kind == "value" else record.derivative
    computed, exact = f(HALVES, **(params or {})), f(HALVES.astype(np.float64), **(params or {}))
    assert computed.dtype == np.float16
    with np.errstate(over="ignore"):
        rounded = exact.astype(np.float16).astype(np.float64)
    error = errors(computed, oracle.Reference(rounded, np.zeros_like(rounded)), np.float16)
    worst = int(np.argmax(np.nan_to_num(error, nan=np.inf)))
    assert error[worst] <= 1, (
        f"{record.name} {kind} {params} float16: {error[worst]:.3g} ulp at {HALVES[worst]!r}, "
        f"got {computed[worst]!r}, right is {rounded[worst]!r}"
    )


def check_limits(record, kind, params=None):
    """At -inf and +inf stands the limit, NaN where there is none; and NaN gives NaN."""
    f, params = (record if kind == "value" else record.derivative), params or {}
    bound = record.bind(**params)
    for dtype in (np.float64, np.float32, np.float16):
        for side in (-1, 1):
            expected = dtype(oracle.limit(record.name, kind, side, bound))
            computed = f(dtype(side * np.inf), **params)
            same = np.isnan(computed) if np.isnan(expected) else _close(computed, expected)
            assert same, f"{record.name} {kind} {params}: {computed!r} at {side * np.inf}, limit {expected!r}"
        assert np.isnan(f(dtype(np.nan), **params)), f"{record.name} {kind} {params} swallows NaN"


def _close(computed, expected):
    return computed == expected or abs(computed - expected) <= 4 * np.spacing(abs(expected))


def slices(dtype):
    """Inputs for a function of vectors: ordinary ones, and equal, huge, tiny, -inf and single entries."""
    info = np.finfo(dtype)
    largest, tiny = float(info.max), float(info.smallest_normal)
    random = np.random.default_rng(11)
    ordinary = [random.uniform(-10, 10, 6) for _ in range(20)] + [random.normal(size=4) for _ in range(10)]
    equal = [[1.5] * 4, [0.0] * 2, [-7.25, -7.25, 3.0, 3.0], [largest / 8] * 2]
    apart = [[0.0, -40.0], [50.0, 0.0], [-30.0, 60.0, 20.0, 59.0], [1000.0, 999.5, -1000.0, 0.0]]
    huge = [[largest / 4, -largest / 4, 1.0, 0.0]]
    small = [[tiny, -tiny, 0.0, 3 * tiny], [tiny / 8, tiny / 2], [1e-3 * float(info.eps), 0.0]]
    single = [[3.0], [-largest / 2], [0.0]]
    infinite = [[-np.inf, 0.0, 1.0], [2.0, -np.inf], [-np.inf, -np.inf, 5.0, 5.0]]
    return [np.array(x, dtype) for x in ordinary + equal + apart + huge + small + single + infinite]


def measure_vector(record, kind, params, dtype, functions=None):
    """Yield slice, results, exact results, errors and bounds for each slice; `kind` is "value" or "vjp".

    `functions` are the value of x and the vjp of x and g; ours unless given.
    """
    entry = oracle.VECTOR[record.name]
    value, vjp = functions or (partial(record, **params), partial(record.vjp, **params))
    bound = {name: value for name, value in record.bind(**params).items() if name != "axis"}
    for x in slices(dtype):
        if not entry.fits(x.size, **bound):
            continue
        # The slice stands where a function without a parameter `axis` looks for it.
        whole = x if "axis" in record.params else x.reshape(-1, *(1,) * (-1 - record.fixed_axis))
        computed = value(whole)
        exact, floor, centre = oracle.vector_value(record.name, x, bound), entry.floor, 4
        if kind == "vjp":
            g = np.random.default_rng(3).normal(size=np.shape(computed)).astype(dtype)
            exact, floor = oracle.vector_vjp(record.name, x, g.ravel(), bound)
            computed, centre = vjp(whole, g), 8
        computed = np.ravel(computed)
        assert computed.dtype == dtype and computed.shape == exact.high.shape, f"{computed!r} for {x!r}"
        finite = x[np.isfinite(x)].astype(np.float64)
        with np.errstate(over="ignore"):
            distance = np.max(np.abs([finite, entry.argument(finite, **bound)]))
        ok = allowed(distance, exact, dtype, centre, floor)
        yield x, computed, exact, errors(computed, exact, dtype, floor), ok


def _check_vector(record, kind, params, dtype):
    for x, computed, exact, error, bound in measure_vector(record, kind, params or {}, dtype):
        same = np.isnan(exact.high) & np.isnan(computed)
        assert np.all(same | (error <= bound)), (
            f"{record.name} {kind} {params} {np.dtype(dtype)} of {x!r}: got {computed!r}, right is "
            f"{exact.high!r}, {error.max():.3g} ulp where {bound[np.argmax(error)]:.3g} are allowed"
        )


def check_vector_value(record, params=None, dtype=np.float64):
    """Every entry for every slice is within the promised distance of the exact one."""
    _check_vector(record, "value", params, dtype)


def check_vector_vjp(record, params=None, dtype=np.float64):
    """Every gradient too. It is a sum: its error is counted in ulp of the largest term, if that is larger."""
    _check_vector(record, "vjp", params, dtype)

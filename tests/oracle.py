"""The reference data: every function and its derivative as an mpmath expression, evaluated with 50 digits.

Nothing here is shared with the package. The expressions are the textbook ones wherever 50 digits suffice
for them; where those cancel, a comment says what is done instead. `test_oracle.py` holds this file to its
own promises: each derivative agrees with a numerical one, and no digit changes when it is computed with
many more.

At a joint the derivative is a convention. The comparison signs below state it: where a piece is guarded by
`x > 0`, the point 0 belongs to the other one.

To add a function, add an entry to ELEMENTWISE or VECTOR.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from mpmath import cos, erfc, exp, expm1, inf, log1p, mp, mpf, nan, pi, sech, sin, sqrt, tanh

DIGITS = 50

with mp.workdps(DIGITS):  # or these would be rounded to floats
    LOGISTIC_GELU = mpf("1.702")
    SELU_ALPHA = mpf("1.6732632423543772848170429916717")
    SELU_SCALE = mpf("1.0507009873554804934193349852946")


class Reference(NamedTuple):
    """Exact results as pairs: `high` is the result rounded to float64, `low` what rounding took away."""

    high: np.ndarray
    low: np.ndarray


def never(x, **params):
    return False


def unscaled(x, **params):
    return x


def any_length(n, **params):
    return True


@dataclass(frozen=True)
class Elementwise:
    """A function of one number.

    `value_ulp` and `derivative_ulp` bound the error for |x| ≤ 10.
    `value_zero` and `derivative_zero` say where the result passes through zero away from x = 0: the
    relative error can't be bounded there, so the absolute one is.
    """

    value: Callable
    derivative: Callable
    value_ulp: float = 4
    derivative_ulp: float = 8
    value_zero: Callable = never
    derivative_zero: Callable = never


def sigma(x):
    return 1 / (1 + exp(-x))


def sigma_prime(x):
    return 1 / ((1 + exp(-x)) * (1 + exp(x)))


def softplus(x):
    return log1p(exp(x))


def clip(x, low, high):
    return min(max(x, low), high)


def normal(x):
    """The distribution function of the standard normal. mpmath's erfc takes no huge arguments."""
    if abs(x) > 1_000_000:
        return mpf(x > 0)
    return erfc(-x / sqrt(2)) / 2


def density(x):
    return exp(-x * x / 2) / sqrt(2 * pi)


def sixth(slope):
    """The default slope of hard_sigmoid is one sixth, not the float nearest to it."""
    return mpf(1) / 6 if slope == 1 / 6 else slope


def hard_sigmoid_prime(x, slope, offset):
    return sixth(slope) if -offset < sixth(slope) * x < 1 - offset else mpf(0)


def squareplus(x, b):
    root = sqrt(x * x + b)
    return (x + root) / 2 if x > 0 else b / (root - x) / 2 if b else mpf(0)  # the same, without x + |x|


def squareplus_prime(x, b):
    root = sqrt(x * x + b)
    return (x + root) / root / 2 if x > 0 else b / ((root - x) * root) / 2 if b else mpf(0)


def sparse_plus(x):
    return mpf(0) if x <= -1 else (x + 1) ** 2 / 4 if x < 1 else x


def inner(x):
    """The argument of the hyperbolic tangent in the approximation of the GELU."""
    return sqrt(2 / pi) * (x + mpf("0.044715") * x**3)


def inner_prime(x):
    return sqrt(2 / pi) * (1 + 3 * mpf("0.044715") * x**2)


def swish(x, beta):
    return x * sigma(beta * x)


def swish_prime(x, beta):
    return sigma(beta * x) + beta * x * sigma_prime(beta * x)


def gelu(x, approximate):
    if approximate == "none":
        return x * normal(x)
    if approximate == "tanh":
        return x * sigma(2 * inner(x))  # (1 + tanh u)/2 = σ(2u)
    return swish(x, LOGISTIC_GELU)


def gelu_prime(x, approximate):
    if approximate == "none":
        return normal(x) + x * density(x)
    if approximate == "tanh":
        return sigma(2 * inner(x)) + 2 * x * inner_prime(x) * sigma_prime(2 * inner(x))
    return swish_prime(x, LOGISTIC_GELU)


def gelu_dips(x, approximate):
    return abs(x + 0.7518) < 0.2


def mish_prime(x):
    return tanh(softplus(x)) + x * sech(softplus(x)) ** 2 * sigma(x)


def tanh_shrink(x):
    # Near 0 the difference is x³/3: two thirds of the digits cancel.
    with mp.workdps(DIGITS + 2 * _leading_zeros(x)):
        return x - tanh(x)


def _leading_zeros(x):
    return max(0, -math.floor(mp.log10(abs(x)))) if x else 0


ELEMENTWISE = {
    # threshold
    "identity": Elementwise(lambda x: x, lambda x: mpf(1)),
    "linear": Elementwise(lambda x, c: c * x, lambda x, c: c),
    "step": Elementwise(lambda x: mpf(x > 0), lambda x: mpf(0)),
    "exponential": Elementwise(exp, exp),
    # sigmoidal
    "sigmoid": Elementwise(sigma, sigma_prime),
    "log_sigmoid": Elementwise(lambda x: -softplus(-x), lambda x: sigma(-x)),
    "tanh": Elementwise(tanh, lambda x: sech(x) ** 2),
    "softsign": Elementwise(lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2),
    "hard_sigmoid": Elementwise(
        lambda x, slope, offset: clip(sixth(slope) * x + offset, 0, 1),
        hard_sigmoid_prime,
        # With the defaults (x + 3)/6 keeps every digit near its zero; with others the zero itself is rounded.
        value_zero=lambda x, slope, offset: (
            (slope, offset) != (1 / 6, 1 / 2) and abs(slope * x + offset) < 1 / 16
        ),
    ),
    "hard_tanh": Elementwise(
        lambda x, min_val, max_val: clip(x, min_val, max_val),
        lambda x, min_val, max_val: mpf(min_val < x < max_val),
    ),
    "sparse_sigmoid": Elementwise(lambda x: clip((x + 1) / 2, 0, 1), lambda x: mpf(-1 < x < 1) / 2),
    # rectified
    "relu": Elementwise(lambda x: max(x, 0), lambda x: mpf(x > 0)),
    "leaky_relu": Elementwise(
        lambda x, negative_slope: x if x > 0 else negative_slope * x,
        lambda x, negative_slope: mpf(1) if x > 0 else negative_slope,
    ),
    "prelu": Elementwise(
        lambda x, weight: x if x > 0 else weight * x,
        lambda x, weight: mpf(1) if x > 0 else weight,
    ),
    "rrelu": Elementwise(
        lambda x, lower, upper, **_: x if x > 0 else (lower + upper) / 2 * x,
        lambda x, lower, upper, **_: mpf(1) if x > 0 else (lower + upper) / 2,
    ),
    "relu6": Elementwise(lambda x: clip(x, 0, 6), lambda x: mpf(0 < x < 6)),
    "threshold": Elementwise(
        lambda x, threshold, value: x if x > threshold else value,
        lambda x, threshold, value: mpf(x > threshold),
    ),
    "squared_relu": Elementwise(lambda x: max(x, 0) ** 2, lambda x: 2 * max(x, 0)),
    # exponential
    "softplus": Elementwise(
        lambda x, beta: softplus(beta * x) / beta,
        lambda x, beta: sigma(beta * x),
    ),
    "elu": Elementwise(
        lambda x, alpha: x if x > 0 else alpha * expm1(x),
        lambda x, alpha: mpf(1) if x > 0 else alpha * exp(x),
    ),
    "celu": Elementwise(
        lambda x, alpha: x if x > 0 else alpha * expm1(x / alpha),
        lambda x, alpha: mpf(1) if x > 0 else exp(x / alpha),
    ),
    "selu": Elementwise(
        lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * expm1(x)),
        lambda x: SELU_SCALE * (1 if x > 0 else SELU_ALPHA * exp(x)),
    ),
    "squareplus": Elementwise(squareplus, squareplus_prime),
    "sparse_plus": Elementwise(sparse_plus, lambda x: clip((x + 1) / 2, 0, 1)),
    # gated
    "gelu": Elementwise(
        gelu,
        gelu_prime,
        derivative_zero=gelu_dips,
    ),
    "silu": Elementwise(
        swish,
        swish_prime,
        derivative_zero=lambda x, beta: abs(beta * x + 1.2785) < 0.2,
    ),
    "mish": Elementwise(
        lambda x: x * tanh(softplus(x)),
        mish_prime,
        derivative_zero=lambda x: abs(x + 1.1924) < 0.2,
    ),
    "hard_silu": Elementwise(
        lambda x: x * clip(x + 3, 0, 6) / 6,
        lambda x: mpf(0) if x <= -3 else (2 * x + 3) / 6 if x < 3 else mpf(1),
        derivative_zero=lambda x: abs(x + 1.5) < 0.2,
    ),
    # shrinkage
    "hard_shrink": Elementwise(
        lambda x, lambd: x if abs(x) > lambd else mpf(0),
        lambda x, lambd: mpf(abs(x) > lambd),
    ),
    "soft_shrink": Elementwise(
        lambda x, lambd: x - lambd if x > lambd else x + lambd if x < -lambd else mpf(0),
        lambda x, lambd: mpf(abs(x) > lambd),
    ),
    "tanh_shrink": Elementwise(tanh_shrink, lambda x: tanh(x) ** 2),
    # periodic
    "sine": Elementwise(
        lambda x, omega: sin(omega * x),
        lambda x, omega: omega * cos(omega * x),
        value_zero=lambda x, omega: abs(omega * x) > 1,
        derivative_zero=lambda x, omega: abs(omega * x) > 1,
    ),
    "snake": Elementwise(
        lambda x, alpha: x + sin(alpha * x) ** 2 / alpha,
        lambda x, alpha: 1 + sin(2 * alpha * x),
        value_ulp=8,  # for small α a large x and a large square cancel
        derivative_ulp=16,
        derivative_zero=lambda x, alpha: abs(alpha * x) > 0.5,
    ),
}


def numbers(params: dict) -> dict:
    return {name: mpf(v) if type(v) is float else v for name, v in params.items()}


def _rounded(results, shape):
    high = [float(r) for r in results]
    low = [float(r - h) if math.isfinite(h) else 0.0 for r, h in zip(results, high, strict=True)]
    return Reference(np.array(high).reshape(shape), np.array(low).reshape(shape))


def evaluate(f: Callable, points: np.ndarray, params: dict) -> Reference:
    """Apply an mpmath expression to each float of an array."""
    with mp.workdps(DIGITS):
        return _rounded([f(mpf(float(x)), **numbers(params)) for x in points.ravel()], points.shape)


@cache
def _cached(name, kind, points, dtype, params):
    array = np.frombuffer(points, dtype)
    return evaluate(getattr(ELEMENTWISE[name], kind), array, dict(params))


def reference(name: str, kind: str, points: np.ndarray, params: dict) -> Reference:
    """The exact "value" or "derivative" at each point. All results are remembered while the process lives."""
    return _cached(name, kind, points.tobytes(), points.dtype.str, tuple(params.items()))


# So far out that a function is within 1e-20 of its limit, or has outgrown every bound.
AFAR = mpf(10) ** 40


def far_away(f: Callable, side: int) -> mpf:
    """The limit of f at -inf (side -1) or +inf (side 1); NaN where there is none."""
    with mp.workdps(80):  # enough digits to tell AFAR from AFAR + 1
        values = [f(side * (AFAR + step)) for step in (0, 1, mpf("2.5"))]
        if max(values) < -sqrt(AFAR) or min(values) > sqrt(AFAR):
            return inf * values[0]
        if max(map(abs, values)) < 1 / sqrt(AFAR):
            return mpf(0)
        return values[0] if max(values) - min(values) < 1 / sqrt(AFAR) else nan


def limit(name: str, kind: str, side: int, params: dict) -> float:
    """The limit of the "value" or "derivative" of a function as a float."""
    f = getattr(ELEMENTWISE[name], kind)
    return float(far_away(lambda x: f(x, **numbers(params)), side))


@dataclass(frozen=True)
class Vector:
    """A function of a list of numbers, and its Jacobian, which has a row for each output.

    `argument` is what a parameter makes of x: the bounds in ulp hold where this is at most 10 too. `fits` says whether
    a slice may be that long. Results below `floor` have their errors counted in ulp of it: they are
    differences of numbers of that size. `sizes` is the Jacobian with the terms of each entry added up by size, where
    an entry is a sum in which they may cancel.
    """

    value: Callable
    jacobian: Callable
    sizes: Callable | None = None
    argument: Callable = unscaled
    fits: Callable = any_length
    floor: float = 0.0


def softmax(x, temperature):
    return [1 / (1 + rest) for rest in _others(x, temperature)]


def _others(x, temperature):
    """For each i, the sum of exp((x_j - x_i)/T) over all other j: nothing overflows in mpmath, nothing cancels.

    -inf and +inf stand for limits: NaN where there is none, which is so for two +inf and for nothing but
    -inf.
    """
    if max(x) == -inf or x.count(inf) > 1:
        return [nan] * len(x)
    if inf in x:
        return [mpf(0) if a == inf else inf for a in x]
    return [
        inf if a == -inf else sum(exp((b - a) / temperature) for j, b in enumerate(x) if j != i and b > -inf)
        for i, a in enumerate(x)
    ]


def softmax_jacobian(x, temperature):
    s = softmax(x, temperature)
    # 1 - s_i as a sum of the others keeps its digits where s_i rounds to 1
    rest = [sum(s[:i] + s[i + 1 :]) for i in range(len(s))]
    return [[a * (rest[i] if i == j else -b) / temperature for j, b in enumerate(s)] for i, a in enumerate(s)]


def log_softmax(x, temperature):
    return [-log1p(rest) for rest in _others(x, temperature)]


def log_softmax_jacobian(x, temperature):
    s = softmax(x, temperature)
    rest = [sum(s[:i] + s[i + 1 :]) for i in range(len(s))]
    return [[(rest[i] if i == j else -s[j]) / temperature for j in range(len(s))] for i in range(len(s))]


def logsumexp(x):
    top = max(x)
    if abs(top) == inf:
        return [top]
    others = list(x)
    others.remove(top)
    return [top + log1p(sum(exp(a - top) for a in others if a > -inf))]


def sparsemax(x):
    if max(x) == -inf or x.count(inf) > 1:
        return [nan] * len(x)
    if inf in x:
        return [mpf(a == inf) for a in x]
    descending = sorted(x, reverse=True)
    with mp.workdps(700):  # 1 counts beside the largest float
        support = max(k for k in range(1, len(x) + 1) if 1 + k * descending[k - 1] > sum(descending[:k]))
        offset = (sum(descending[:support]) - 1) / support
        return [max(a - offset, mpf(0)) for a in x]


def sparsemax_jacobian(x):
    inside = [mpf(p > 0) for p in sparsemax(x)]
    return [
        [a * b * ((i == j) - 1 / sum(inside)) for j, b in enumerate(inside)] for i, a in enumerate(inside)
    ]


def hardmax(x):
    return [mpf(i == x.index(max(x))) for i in range(len(x))]  # the first of equals


def pairs(x):
    """Each of the first half with its partner in the second."""
    return list(zip(x[: len(x) // 2], x[len(x) // 2 :], strict=True))


def reach(f, x):
    """The value of f at x, or its limit at ±inf."""
    return far_away(f, 1 if x > 0 else -1) if abs(x) == inf else f(x)


def gated(gate, gate_prime, slope_size=None):
    """A gated linear unit: the first half of the inputs times the gates of the second."""

    def value(x):
        return [a * reach(gate, b) for a, b in pairs(x)]

    def jacobian_with(gate_prime):
        def jacobian(x):
            rows = [[mpf(0)] * len(x) for _ in range(len(x) // 2)]
            for i, (a, b) in enumerate(pairs(x)):
                rows[i][i], rows[i][len(rows) + i] = reach(gate, b), a * reach(gate_prime, b)
            return rows

        return jacobian

    sizes = jacobian_with(slope_size or gate_prime)
    return Vector(value, jacobian_with(gate_prime), sizes, fits=lambda n: n % 2 == 0 and n > 0)


def largest_of_groups(x, groups):
    """For each group of neighbours, the place of its largest, which is the first of equals."""
    width = len(x) // groups
    return [max(range(i * width, (i + 1) * width), key=lambda j: x[j]) for i in range(groups)]


def maxout_jacobian(x, groups):
    return [[mpf(j == place) for j in range(len(x))] for place in largest_of_groups(x, groups)]


def tempered(x, temperature):
    return x / temperature


VECTOR = {
    "softmax": Vector(softmax, softmax_jacobian, argument=tempered),
    "softmin": Vector(
        lambda x, temperature: softmax([-a for a in x], temperature),
        lambda x, temperature: [[-e for e in row] for row in softmax_jacobian([-a for a in x], temperature)],
        argument=tempered,
    ),
    "log_softmax": Vector(log_softmax, log_softmax_jacobian, argument=tempered),
    "logsumexp": Vector(logsumexp, lambda x: [softmax(x, 1)]),
    "sparsemax": Vector(sparsemax, sparsemax_jacobian, floor=1.0),
    "hardmax": Vector(hardmax, lambda x: [[mpf(0)] * len(x)] * len(x)),
    "softmax2d": Vector(lambda x: softmax(x, 1), lambda x: softmax_jacobian(x, 1)),
    "maxout": Vector(
        lambda x, groups: [x[j] for j in largest_of_groups(x, groups)],
        maxout_jacobian,
        fits=lambda n, groups: n % groups == 0,
    ),
    "glu": gated(sigma, sigma_prime),
    "reglu": gated(lambda b: max(b, mpf(0)), lambda b: mpf(b > 0)),
    "geglu": gated(
        lambda b: gelu(b, "none"),
        lambda b: gelu_prime(b, "none"),
        slope_size=lambda b: normal(b) + abs(b) * density(b),
    ),
    "swiglu": gated(
        lambda b: swish(b, 1),
        lambda b: swish_prime(b, 1),
        slope_size=lambda b: sigma(b) + abs(b) * sigma_prime(b),
    ),
}


def vector_value(name: str, x: np.ndarray, params: dict) -> Reference:
    """The exact value on one slice."""
    return _vector_value(name, tuple(x.tolist()), tuple(params.items()))


@cache
def _vector_value(name, x, params):
    with mp.workdps(DIGITS):
        value = VECTOR[name].value([mpf(a) for a in x], **numbers(dict(params)))
        return _rounded(value, (len(value),))


def vector_vjp(name: str, x: np.ndarray, g: np.ndarray, params: dict) -> tuple[Reference, np.ndarray]:
    """The exact vector-Jacobian product on one slice, and the largest term in each of its sums."""
    return _vector_vjp(name, tuple(x.tolist()), tuple(g.tolist()), tuple(params.items()))


@cache
def _vector_vjp(name, x, g, params):
    with mp.workdps(DIGITS):
        exact, gradient, entry = [mpf(a) for a in x], [mpf(b) for b in g], VECTOR[name]
        terms = _columns(gradient, entry.jacobian(exact, **numbers(dict(params))))
        sizes = _columns(gradient, entry.sizes(exact, **numbers(dict(params)))) if entry.sizes else terms
        largest = [float(max(map(abs, column))) for column in sizes]
        return _rounded([sum(column) for column in terms], (len(x),)), np.array(largest)


def _columns(gradient, jacobian):
    weighted = [[b * e for e in row] for b, row in zip(gradient, jacobian, strict=True)]
    return list(zip(*weighted, strict=True))

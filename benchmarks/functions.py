"""Time every activation function side by side with other ways to compute it, and weigh the memory it takes.

    python benchmarks/functions.py                       all functions, 1e3 to 1e7 elements: five minutes
    python benchmarks/functions.py --quick               two sizes, fewer rounds: half a minute
    python benchmarks/functions.py --only gelu softmax   these functions

All contenders of a function are timed in turn, round after round, in one process, and the best round of each counts:
what else the machine does meets them all alike. A ratio is our time over theirs, so below 1 we are faster. They are

    torch-1, torch   PyTorch on one thread, and on as many as it takes by itself
    backward         PyTorch's backward pass alone, on one thread: it starts from what the forward pass left behind,
                     and we from x, as do the columns torch-1 and torch of a derivative, which run both passes
    scipy, numexpr   the one call of scipy.special, or the one NumExpr expression, where there is one
    textbook         the formula as books print it, in plain NumPy
    copy             a copy of the input: the least that any function can cost that writes its result to memory

Functions of vectors work on slices of 100 entries; their derivative is a vector-Jacobian product.
"""

import argparse
import json
import math
import platform
import sys
import time
import tracemalloc
import warnings
from pathlib import Path

import numexpr
import numpy as np
import scipy
import torch
from scipy import special

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "tests")]
from frameworks import torch_function  # noqa: E402

from activations import catalogue  # noqa: E402
from activations.core import Activation  # noqa: E402

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
SLICE = 100
THREADS = torch.get_num_threads()
TENTH = np.random.default_rng(0).normal(size=10)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def halves(x):
    return np.split(x, 2, axis=-1)


def gated(gate, gate_prime):
    """A gated unit and its vector-Jacobian product."""

    def value(x):
        a, b = halves(x)
        return a * gate(b)

    def pullback(x, g):
        a, b = halves(x)
        return np.concatenate([g * gate(b), g * a * gate_prime(b)], axis=-1)

    return value, pullback


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_pullback(x, g):
    y = softmax(x)
    return y * (g - (g * y).sum(axis=-1, keepdims=True))


def along(axis, value, pullback):
    """The same along another axis."""
    return (
        lambda x: np.moveaxis(value(np.moveaxis(x, axis, -1)), -1, axis),
        lambda x, g: np.moveaxis(pullback(np.moveaxis(x, axis, -1), np.moveaxis(g, axis, -1)), -1, axis),
    )


def logsumexp(x):
    m = x.max(axis=-1, keepdims=True)
    return np.log(np.exp(x - m).sum(axis=-1)) + m[..., 0]


def sparsemax(x):
    z = np.sort(x, axis=-1)[..., ::-1]
    sums = np.cumsum(z, axis=-1) - 1
    count = (z * np.arange(1, x.shape[-1] + 1) > sums).sum(axis=-1, keepdims=True)
    return np.maximum(x - np.take_along_axis(sums, count - 1, axis=-1) / count.astype(x.dtype), 0)


def sparsemax_pullback(x, g):
    support = sparsemax(x) > 0
    mean = (g * support).sum(axis=-1, keepdims=True) / support.sum(axis=-1, keepdims=True).astype(x.dtype)
    return np.where(support, g - mean, 0)


def hardmax(x):
    return (np.arange(x.shape[-1]) == x.argmax(axis=-1, keepdims=True)).astype(x.dtype)


def elu(alpha=1.0, scale=1.0, stretch=1.0):
    return (
        lambda x: scale * np.where(x > 0, x, alpha * (np.exp(x / stretch) - 1)),
        lambda x: scale * np.where(x > 0, 1, alpha / stretch * np.exp(x / stretch)),
    )


def piecewise(inside, left, right):
    """The slope of a function with three straight pieces."""
    return lambda x: np.where((x > left) & (x < right), inside, 0).astype(x.dtype)


def leaky(slope):
    return lambda x: np.where(x > 0, x, slope * x), lambda x: np.where(x > 0, 1, slope).astype(x.dtype)


def normal(x):
    return (1 + special.erf(x / math.sqrt(2))) / 2


def gelu(x):
    return x * normal(x)


def gelu_prime(x):
    return normal(x) + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def silu(x):
    return x * sigmoid(x)


def silu_prime(x):
    return sigmoid(x) * (1 + x * (1 - sigmoid(x)))


def softplus(x):
    return np.log(1 + np.exp(x))


def mish_prime(x):
    t = np.tanh(softplus(x))
    return t + x * sigmoid(x) * (1 - t**2)


# Value and derivative (for functions of vectors, vector-Jacobian product) as books print them.
TEXTBOOK = {
    "identity": (lambda x: x.copy(), np.ones_like),
    "linear": (lambda x: 1.0 * x, np.ones_like),
    "step": (lambda x: np.where(x > 0, 1, 0).astype(x.dtype), np.zeros_like),
    "exponential": (np.exp, np.exp),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x))),
    "log_sigmoid": (lambda x: np.log(sigmoid(x)), lambda x: 1 - sigmoid(x)),
    "tanh": (
        lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)),
        lambda x: 1 - np.tanh(x) ** 2,
    ),
    "softsign": (lambda x: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2),
    "hard_sigmoid": (lambda x: np.clip(x / 6 + 0.5, 0, 1), piecewise(1 / 6, -3, 3)),
    "hard_tanh": (lambda x: np.clip(x, -1, 1), piecewise(1, -1, 1)),
    "sparse_sigmoid": (lambda x: np.clip((x + 1) / 2, 0, 1), piecewise(1 / 2, -1, 1)),
    "relu": (lambda x: np.maximum(0, x), lambda x: np.where(x > 0, 1, 0).astype(x.dtype)),
    "leaky_relu": leaky(0.01),
    "prelu": leaky(0.25),
    "rrelu": leaky(11 / 48),
    "relu6": (lambda x: np.minimum(np.maximum(0, x), 6), piecewise(1, 0, 6)),
    "threshold": (lambda x: np.where(x > 0, x, 0), lambda x: np.where(x > 0, 1, 0).astype(x.dtype)),
    "squared_relu": (lambda x: np.maximum(0, x) ** 2, lambda x: 2 * np.maximum(0, x)),
    "maxout": (
        lambda x: x.max(axis=-1, keepdims=True),
        lambda x, g: hardmax(x) * g,
    ),
    "softplus": (softplus, sigmoid),
    "elu": elu(),
    "celu": elu(),
    "selu": elu(1.6732632423543772, 1.0507009873554805),
    "squareplus": (
        lambda x: (x + np.sqrt(x**2 + 4)) / 2,
        lambda x: (1 + x / np.sqrt(x**2 + 4)) / 2,
    ),
    "sparse_plus": (
        lambda x: np.where(x <= -1, 0, np.where(x < 1, (x + 1) ** 2 / 4, x)),
        lambda x: np.clip((x + 1) / 2, 0, 1),
    ),
    "gelu": (gelu, gelu_prime),
    "silu": (silu, silu_prime),
    "mish": (lambda x: x * np.tanh(softplus(x)), mish_prime),
    "hard_silu": (
        lambda x: x * np.clip(x + 3, 0, 6) / 6,
        lambda x: np.where(x <= -3, 0, np.where(x < 3, (2 * x + 3) / 6, 1)),
    ),
    "glu": gated(sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x))),
    "reglu": gated(lambda x: np.maximum(0, x), lambda x: np.where(x > 0, 1, 0).astype(x.dtype)),
    "geglu": gated(gelu, gelu_prime),
    "swiglu": gated(silu, silu_prime),
    "hard_shrink": (
        lambda x: np.where(np.abs(x) > 0.5, x, 0),
        lambda x: np.where(np.abs(x) > 0.5, 1, 0).astype(x.dtype),
    ),
    "soft_shrink": (
        lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
        lambda x: np.where(np.abs(x) > 0.5, 1, 0).astype(x.dtype),
    ),
    "tanh_shrink": (lambda x: x - np.tanh(x), lambda x: np.tanh(x) ** 2),
    "softmax": (softmax, softmax_pullback),
    "softmin": (lambda x: softmax(-x), lambda x, g: -softmax_pullback(-x, g)),
    "log_softmax": (
        lambda x: x - logsumexp(x)[..., None],
        lambda x, g: g - softmax(x) * g.sum(axis=-1, keepdims=True),
    ),
    "logsumexp": (logsumexp, lambda x, g: g[..., None] * softmax(x)),
    "sparsemax": (sparsemax, sparsemax_pullback),
    "hardmax": (hardmax, lambda x, g: np.zeros_like(x)),
    "softmax2d": along(-3, softmax, softmax_pullback),
    "sine": (lambda x: np.sin(30 * x), lambda x: 30 * np.cos(30 * x)),
    "snake": (lambda x: x + np.sin(x) ** 2, lambda x: 1 + np.sin(2 * x)),
}

SCIPY = {
    "sigmoid": special.expit,
    "log_sigmoid": special.log_expit,
    "gelu": lambda x: x * special.ndtr(x),
    "silu": lambda x: x * special.expit(x),
    "softmax": lambda x: special.softmax(x, axis=-1),
    "log_softmax": lambda x: special.log_softmax(x, axis=-1),
    "logsumexp": lambda x: special.logsumexp(x, axis=-1),
    "softmax2d": lambda x: special.softmax(x, axis=-3),
}

NUMEXPR = {
    "step": "where(x > 0, one, zero)",
    "exponential": "exp(x)",
    "sigmoid": "one / (one + exp(-x))",
    "log_sigmoid": "-log1p(exp(-x))",
    "tanh": "tanh(x)",
    "softsign": "x / (one + abs(x))",
    "hard_sigmoid": "where(x < -3, zero, where(x > 3, one, x / six + half))",
    "hard_tanh": "where(x < -1, -one, where(x > 1, one, x))",
    "relu": "where(x > 0, x, zero)",
    "leaky_relu": "where(x > 0, x, x * hundredth)",
    "relu6": "where(x > 0, where(x < 6, x, six), zero)",
    "threshold": "where(x > 0, x, zero)",
    "squared_relu": "where(x > 0, x * x, zero)",
    "softplus": "log1p(exp(x))",
    "elu": "where(x > 0, x, expm1(x))",
    "celu": "where(x > 0, x, expm1(x))",
    "squareplus": "(x + sqrt(x * x + four)) * half",
    "silu": "x / (one + exp(-x))",
    "mish": "x * tanh(log1p(exp(x)))",
    "hard_shrink": "where(abs(x) > half, x, zero)",
    "tanh_shrink": "x - tanh(x)",
    "snake": "x + sin(x) * sin(x)",
}
# Typed, so that a plain number does not turn float32 into float64.
NUMBERS = {"zero": 0, "half": 0.5, "one": 1, "four": 4, "six": 6, "hundredth": 0.01}


def make_input(record, size, dtype):
    """Standard normal numbers times three, in the shape that the function wants."""
    x = np.random.default_rng(1).normal(scale=3, size=size).astype(dtype)
    if record.name == "softmax2d":
        return x.reshape(-1, SLICE, 2, 5)
    return x if isinstance(record, Activation) else x.reshape(-1, SLICE)


def torch_call(record):
    """Return PyTorch's function with our defaults, or None."""
    if record.name == "sine":
        return lambda x: torch.sin(30 * x)
    spelling = record.frameworks.get("torch")
    if spelling is None or record.name == "identity":  # which returns the very same tensor
        return None
    arguments = {
        spelling.names.get(name, name): param.default
        for name, param in record.params.items()
        if spelling.names.get(name, name) is not None and param.bounds is not None
    }
    function = torch_function(spelling.call)
    return lambda x: function(x, **arguments, **spelling.extra)


class Torch:
    """A call of PyTorch, and the number of threads to make it with."""

    def __init__(self, call, threads):
        self.call, self.threads = call, threads

    def __call__(self):
        return self.call()

    def prepare(self):
        if torch.get_num_threads() != self.threads:
            torch.set_num_threads(self.threads)


def value_contenders(record, x):
    """Return the ways to compute the values at x."""
    found = {"ours": lambda: record(x), "copy": x.copy, "textbook": lambda: TEXTBOOK[record.name][0](x)}
    if record.name in SCIPY:
        found["scipy"] = lambda: SCIPY[record.name](x)
    if record.name in NUMEXPR:
        names = {"x": x, **{k: x.dtype.type(v) for k, v in NUMBERS.items()}}
        found["numexpr"] = lambda: numexpr.evaluate(NUMEXPR[record.name], local_dict=names)
    if function := torch_call(record):
        tensor = torch.from_numpy(x)
        found["torch-1"] = Torch(lambda: function(tensor), 1)
        found["torch"] = Torch(lambda: function(tensor), THREADS)
    return found


def derivative_contenders(record, x):
    """Return the ways to compute the derivatives at x, or the product of a gradient with the Jacobian."""
    textbook = TEXTBOOK[record.name][1]
    g = np.random.default_rng(2).normal(size=np.shape(record(x))).astype(x.dtype)
    if isinstance(record, Activation):
        found = {"ours": lambda: record.derivative(x), "textbook": lambda: textbook(x)}
        g = np.ones_like(g)
    else:
        found = {"ours": lambda: record.vjp(x, g), "textbook": lambda: textbook(x, g)}
    found["copy"] = x.copy
    function = None if record.name == "step" else torch_call(record)  # torch.heaviside has no derivative
    if function:
        tensor, gradient = torch.from_numpy(x).requires_grad_(), torch.from_numpy(g)
        forward = function(tensor)

        def backward():
            return torch.autograd.grad(forward, tensor, gradient, retain_graph=True)[0]

        def both():
            return torch.autograd.grad(function(tensor), tensor, gradient)[0]

        found["backward"] = Torch(backward, 1)
        found["torch-1"] = Torch(both, 1)
        found["torch"] = Torch(both, THREADS)
    return found


CONTENDERS = {"value": value_contenders, "derivative": derivative_contenders}
COLUMNS = ("torch-1", "torch", "backward", "scipy", "numexpr", "textbook", "copy")


def compare(contenders, rounds):
    """Time all contenders in turn and return the best time of each, in seconds per call."""
    numbers, best = {}, dict.fromkeys(contenders, math.inf)
    for rehearsal in (True, *(False,) * rounds):
        for name, call in contenders.items():
            if isinstance(call, Torch):
                call.prepare()
            number = numbers.get(name, 1)
            start = time.perf_counter()
            for _ in range(number):
                call()
            took = (time.perf_counter() - start) / number
            if (
                rehearsal
            ):  # it also fills the caches; its time only says how often a round has to repeat the call
                numbers[name] = max(1, min(200, round(0.001 / took)))
            else:
                best[name] = min(best[name], took)
    return best


def check_agreement(record):
    """Make sure that all contenders compute the same function: a comparison with something else is worth nothing."""
    x = np.clip(make_input(record, 10 * SLICE, np.float64), -20, 20)
    for kind, contenders in CONTENDERS.items():
        found = {name: call() for name, call in contenders(record, x).items() if name != "copy"}
        for name, result in found.items():
            result = np.asarray(result.detach() if isinstance(result, torch.Tensor) else result)
            if not np.allclose(result, found["ours"], rtol=1e-5, atol=1e-7):
                raise SystemExit(f"{record.name}: {name} does not compute the same {kind}")


def extra_memory(call):
    """Return the bytes that a call takes at its peak, above those of the result."""
    call()
    tracemalloc.start()
    try:
        result = call()
        return tracemalloc.get_traced_memory()[1] - result.nbytes
    finally:
        tracemalloc.stop()


def overhead(record, kind):
    """Return the seconds that a call on ten numbers takes."""
    x = TENTH.reshape(10, 1, 1) if record.name == "softmax2d" else TENTH
    g = np.ones_like(record(x))
    if kind == "value":
        call = lambda: record(x)  # noqa: E731
    elif isinstance(record, Activation):
        call = lambda: record.derivative(x)  # noqa: E731
    else:
        call = lambda: record.vjp(x, g)  # noqa: E731
    return compare({"ours": call}, 25)["ours"]


def geometric_mean(numbers):
    return math.exp(sum(map(math.log, numbers)) / len(numbers)) if numbers else math.nan


def ratios(results, kind, dtype, size, column):
    """Our time over that of a contender, by function."""
    found = {}
    for name, times in results.items():
        best = times.get((kind, dtype, size), {})
        if column in best:
            found[name] = best["ours"] / best[column]
    return found


def print_line(label, cells, width=9):
    print(f"{label:<16}" + "".join(f"{cell:>{width}}" for cell in cells))


def print_functions(results, kind, dtype, size):
    """Print a line for each function at one size, and the geometric means."""
    print(
        f"\n{kind.capitalize()}, {dtype}, {size:.0e} elements: nanoseconds per element, and our time over theirs"
    )
    columns = [c for c in COLUMNS if ratios(results, kind, dtype, size, c)]
    print_line("", ["ns", *columns])
    table = {c: ratios(results, kind, dtype, size, c) for c in columns}
    for name, times in results.items():
        nanoseconds = times[kind, dtype, size]["ours"] / size * 1e9
        print_line(
            name,
            [f"{nanoseconds:.2f}", *(f"{table[c][name]:.2f}" if name in table[c] else "–" for c in columns)],
        )
    print_line("geometric mean", ["", *(f"{geometric_mean(list(table[c].values())):.2f}" for c in columns)])
    print_line(
        "we are faster", ["", *(f"{sum(r < 1 for r in table[c].values())}/{len(table[c])}" for c in columns)]
    )


def print_summary(results, sizes, dtypes):
    print("\nGeometric means over all functions of our time over theirs")
    print_line("", [" " * 14, *COLUMNS])
    for kind in CONTENDERS:
        for dtype in dtypes:
            for size in sizes:
                cells = [list(ratios(results, kind, dtype, size, c).values()) for c in COLUMNS]
                shown = [f"{geometric_mean(c):.2f}" if c else "–" for c in cells]
                print_line(kind, [f"{dtype:>8} {size:.0e}", *shown])


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two sizes and fewer rounds")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these functions only")
    parser.add_argument("--sizes", nargs="+", type=float, help="numbers of elements, multiples of 1000")
    parser.add_argument("--dtypes", nargs="+", choices=("float32", "float64"), default=["float32", "float64"])
    parser.add_argument("--rounds", type=int, help="how often each contender has its turn")
    parser.add_argument("--save", type=Path, help="a file for all numbers, as JSON")
    options = parser.parse_args()
    sizes = [int(s) for s in options.sizes or ((1_000, 1_000_000) if options.quick else SIZES)]
    rounds = options.rounds or (5 if options.quick else 9)
    records = [catalogue[name] for name in options.only] if options.only else list(catalogue.values())
    warnings.simplefilter("ignore")  # of the textbook formulas
    np.seterr(all="ignore")
    print(
        f"{platform.processor() or platform.machine()}, NumPy {np.__version__}, SciPy {scipy.__version__}, "
        f"PyTorch {torch.__version__} ({THREADS} threads), NumExpr {numexpr.__version__} ({numexpr.nthreads} threads)"
    )

    results, memory, calls = {}, {}, {}
    for record in records:
        check_agreement(record)
        times = results[record.name] = {}
        for dtype in options.dtypes:
            for size in sizes:
                x = make_input(record, size, dtype)
                for kind, contenders in CONTENDERS.items():
                    found = contenders(record, x)
                    times[kind, dtype, size] = compare(found, rounds if size < 5_000_000 else min(rounds, 3))
                    if size == max(sizes):
                        memory[record.name, kind, dtype] = extra_memory(found["ours"])
        calls[record.name] = {kind: overhead(record, kind) for kind in CONTENDERS}
        if sys.stderr.isatty():
            print(f"\r{len(results)}/{len(records)} {record.name:<20}", end="", file=sys.stderr)

    reference = 1_000_000 if 1_000_000 in sizes else max(sizes)
    for kind in CONTENDERS:
        for dtype in options.dtypes:
            print_functions(results, kind, dtype, reference)
    print_summary(results, sizes, options.dtypes)
    print(
        f"\nMemory at {max(sizes):.0e} elements, in kB above input and output; µs for a call on 10 elements"
    )
    keys = [(kind, dtype) for kind in CONTENDERS for dtype in options.dtypes]
    print_line("", [f"{kind[:5]} {dtype[5:]}" for kind, dtype in keys] + ["value µs", "deriv. µs"], 11)
    for name in results:
        extra = [f"{memory[name, *key] / 1e3:.0f}" for key in keys]
        print_line(name, extra + [f"{calls[name][kind] * 1e6:.1f}" for kind in CONTENDERS], 11)
    if options.save:
        report = {name: {" ".join(map(str, k)): v for k, v in t.items()} for name, t in results.items()}
        extra = {" ".join(k): v for k, v in memory.items()}
        options.save.write_text(
            json.dumps({"seconds": report, "extra bytes": extra, "overhead": calls}, indent=1)
        )


if __name__ == "__main__":
    main()

"""Measure how exact the functions are and write the page reference/accuracy.md.

Every function is compared with mpmath at 50 digits, in float64 and float32, value and derivative, at thousands of
points; and PyTorch's counterpart at the same ones. The oracle, the points and the yardstick are those of the tests.

    python tools/accuracy.py            measure and rewrite the page (about a minute)
    python tools/accuracy.py --check    measure, write nothing, fail if a promise is broken
"""

import argparse
import re
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import checks  # noqa: E402
import frameworks  # noqa: E402
import points  # noqa: E402

from activations import catalogue  # noqa: E402
from activations.core import Activation  # noqa: E402

PAGE = ROOT / "reference" / "accuracy.md"
DTYPES = {"float64": np.float64, "float32": np.float32}
DENSE = 3_000  # random points in [-10, 10], besides those of the tests

INTRODUCTION = """\
# Accuracy

How far are the functions of the package from the truth? Each is compared here with [mpmath](https://mpmath.org), which
works with as many digits as one asks for; we ask for 50. PyTorch {torch} is measured beside it, at the same points and
with the same parameters, our defaults. A dash means that PyTorch has no such function, or not with these parameters.

An **ulp** (unit in the last place) is the distance between the exact result and the next float. The best any function
can do is half an ulp, by rounding the exact result. Where a derivative passes through zero, a relative measure makes no
sense; there the ulp of 1/16 counts. For |x| ≤ 10 the package promises at most 4 ulp for values and 8 for derivatives
(`snake`: 8 and 16). Beyond, wherever the result is a normal number, it promises a relative error of at most 1e-12 in
float64. That is 4504 times the spacing of the floats around 1; the same multiple holds in float32 and is 5.4e-4.

This page is written by `python tools/accuracy.py`. The last digits depend on the processor, whose vector instructions
round in their own ways. The points are {count} random ones and all multiples of 1/8 in [−10, 10], all orders of
magnitude, the tails, the neighbourhoods of joints, and the smallest and largest floats.
"""


def pytorch(record):
    """PyTorch's value and gradient for a record at our defaults, or None where it has no such function."""
    spelling = record.frameworks.get("torch")
    if spelling is None:
        return None
    # A parameter that PyTorch lacks must have the value that it takes for granted; its axes are given below.
    fixed = {k: v for k, v in spelling.defaults.items() if spelling.names.get(k, k) is None}
    if any(record.params[k].default != v for k, v in fixed.items()):
        return None
    known = {
        k: p.default
        for k, p in record.params.items()
        if p.bounds is not None and spelling.names.get(k, k) is not None
    }
    arguments = frameworks.translate("torch", spelling, known)
    value = partial(frameworks.call, "torch", spelling, arguments=arguments)
    return value, partial(frameworks.torch_gradient, spelling, arguments=arguments)


def measure(record, kind, dtype, theirs=None):
    """The worst error for |x| ≤ 10 in ulp, the worst elsewhere as a fraction, and whether all promises are kept."""
    if isinstance(record, Activation):
        dense = np.random.default_rng(2).uniform(-10, 10, DENSE).astype(dtype)
        x = np.unique(np.concatenate([dense, points.everywhere(dtype, record.joints())]))
        function = theirs and (theirs[0] if kind == "value" else lambda x: theirs[1](x, np.ones_like(x)))
        _, _, exact, error, allowed = checks.measure(record, kind, {}, dtype, x, function)
        size, near, kept = np.abs(exact.high), np.abs(x) <= checks.CENTRE, error <= allowed
        with np.errstate(all="ignore"):
            relative = error * checks.ulp(size, dtype) / size
        info = np.finfo(dtype)
        normal = (size >= float(info.smallest_normal)) & (size <= float(info.max))
        return worst(x, error, near), worst(x, relative, ~near & normal), kept.all()
    slices = [
        (x, error, np.all((error <= allowed) | np.isnan(exact.high)))
        for x, _, exact, error, allowed in checks.measure_vector(record, kind, {}, dtype, theirs)
    ]
    near = [(float(np.max(error)), x) for x, error, _ in slices if np.max(np.abs(x)) <= checks.CENTRE]
    return max(near, key=lambda pair: pair[0]), None, all(kept for *_, kept in slices)


def worst(x, error, where):
    """The largest error and its place; NaN counts as the largest of all."""
    i = int(np.argmax(np.where(where, np.nan_to_num(error, nan=np.inf), -1)))
    return (float(error[i]), float(x[i])) if where[i] else None


def cell(found):
    """An error and where it was found, as text."""
    if found is None:
        return "–"
    error, place = found
    if error == 0:
        return "0"
    if np.isfinite(error):
        text = f"{error:.2f}" if 0.005 <= error < 1000 else f"{error:.0e}"
    else:
        text = "NaN" if np.isnan(error) else "∞"
    text += "" if np.ndim(place) else f" at {place:.4g}"
    return re.sub(r"e([+-])0*", lambda match: "e" + match[1].strip("+"), text).replace("-", "−")


def table(title, rows, heads):
    """A table as MyST reads it: a row for each function, and for each kind ours beside theirs."""
    columns = ["function", *(f"{head}, {owner}" for head in heads for owner in ("ours", "PyTorch"))]
    lines = [f":::{{table}} {title}", "| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows), ":::", ""])


def report():
    """Measure everything; return the page and the promises that were broken."""
    import torch

    broken, sections = (
        [],
        [INTRODUCTION.format(torch=torch.__version__.partition("+")[0], count=f"{DENSE:,}")],
    )
    for kinds, records, headings in (
        (
            ("value", "derivative"),
            [r for r in catalogue.values() if isinstance(r, Activation)],
            ("value", "slope"),
        ),
        (
            ("value", "vjp"),
            [r for r in catalogue.values() if not isinstance(r, Activation)],
            ("value", "vjp"),
        ),
    ):
        vectors = "vjp" in kinds
        sections.append("## Functions of vectors\n\n" + VECTORS if vectors else "## Functions of numbers\n")
        for dtype_name, dtype in DTYPES.items():
            near, far = [], []
            for record in records:
                cells = []
                for kind in kinds:
                    ours, theirs = measure(record, kind, dtype), pytorch(record)
                    if not ours[2]:
                        broken.append(f"{record.name} {kind} {dtype_name}")
                    try:
                        cells += [ours, measure(record, kind, dtype, theirs) if theirs else (None, None)]
                    except RuntimeError:  # it has no gradient
                        cells += [ours, (None, None)]
                near.append([f"`{record.name}`", *(cell(c[0]) for c in cells)])
                far.append([f"`{record.name}`", *(cell(c[1]) for c in cells)])
            sections.append(table(f"{dtype_name}, |x| ≤ 10: the worst error in ulp", near, headings))
            if not vectors:
                sections.append(table(f"{dtype_name}, |x| > 10: the worst relative error", far, headings))
    return "\n".join(sections), broken


VECTORS = """\
The slices are random ones and some with equal, distant, tiny, huge, infinite and single entries; the tables have the
worst entry of those slices that stay within 10. A vjp, the vector–Jacobian product that carries a gradient backwards,
is a sum of products: its error counts in ulp of the largest of them.
"""


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing, only fail if a promise is broken"
    )
    check, start = parser.parse_args().check, time.perf_counter()
    page, broken = report()
    if not check:
        PAGE.write_text(page, encoding="utf-8")
        print(
            f"Written: {PAGE.relative_to(ROOT)}, {len(catalogue)} functions, {time.perf_counter() - start:.0f} s"
        )
    print("Every promise is kept" if not broken else f"Broken promises: {', '.join(broken)}")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())

"""Broken copies of a record's functions: what a slip of the pen could do, made for every record alike."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from activations.core import Activation, Interval


class Mutant(NamedTuple):
    """One broken function: which field of the record it replaces, and what it computes."""

    field: str
    fault: str
    function: Callable

    def __str__(self):
        return f"{'value' if self.field == 'f' else 'derivative'}: {self.fault}"


def mutants(record) -> Iterator[Mutant]:
    """Yield the mutants of a record's value and of its derivative, those left out that change nothing."""
    for field in fields(record):
        original = getattr(record, field)
        broken = dict(everywhere(original, record))
        if isinstance(record, Activation):
            broken |= at_joints(original, record)
        for fault, function in broken.items():
            if differs(record, field, original, function):
                yield Mutant(field, fault, function)


def fields(record):
    """The two functions of a record: what gives the value, and what gives the derivative."""
    return ("f", "df") if isinstance(record, Activation) else ("f", "pullback")


def everywhere(original, record):
    yield "a constant", lambda x, *g, **p: np.full_like(original(x, *g, **p), 0.75)
    yield "the other sign", lambda x, *g, **p: -original(x, *g, **p)
    yield "off by a millionth", lambda x, *g, **p: original(x, *g, **p) * x.dtype.type(1 + 1e-6)
    yield "of the reflected input", lambda x, *g, **p: original(-x, *g, **p)
    yield "flat beyond 20", lambda x, *g, **p: original(np.clip(x, -20, 20), *g, **p)
    for name, param in record.params.items():
        if name not in ("axis", "rng", "training"):
            yield f"without {name}", without(original, name, param.default)


def without(original, name, default):
    return lambda x, *g, **p: original(x, *g, **{**p, name: default})


def at_joints(original, record):
    """At the joint itself, what stands to its left or to its right, or something else altogether."""
    for joint in record.joints():
        for side in (-1, 1):
            name = "left" if side < 0 else "right"
            yield f"at {joint:g} as on its {name}", beside(original, joint, side)
        yield f"one more at {joint:g}", raised(original, joint)


def beside(original, joint, side):
    def function(x, **p):
        step = np.nextafter(x, x.dtype.type(side * np.inf))
        return original(np.where(x == joint, step, x), **p)

    return function


def raised(original, joint):
    return lambda x, **p: original(x, **p) + (x == joint)


def differs(record, field, original, function):
    """Whether a mutant is one: the negative of zero, or a step to the left of a smooth joint, is not."""
    if not isinstance(record, Activation):
        x = np.random.default_rng(1).normal(scale=20, size=(3, 4))
        settings = [{k: p.default for k, p in record.params.items() if k != "axis"}, *other_settings(record)]
        outputs = [np.random.default_rng(2).normal(size=np.shape(record.f(x, **s))) for s in settings]
        gradients = [() if field == "f" else (y,) for y in outputs]
        try:
            pairs = [
                (original(x, *g, **s), function(x, *g, **s)) for g, s in zip(gradients, settings, strict=True)
            ]
        except ValueError:  # it does not even fit
            return True
    else:
        x = np.unique([*np.linspace(-30, 30, 241), *record.joints()])
        settings = [record.bind(), *other_settings(record)]
        with np.errstate(all="ignore"):
            pairs = [(original(x, **s), function(x, **s)) for s in settings]
    # A relative difference of 1e-9 is what one step beside a joint makes of a continuous function, and no fault.
    return any(not np.allclose(a, b, rtol=1e-9, atol=1e-12) for a, b in pairs)


def other_settings(record):
    """Each parameter once at another value than its default."""
    for name, param in record.params.items():
        if name in ("axis", "rng", "training"):
            continue
        values = param.slider[:2] if isinstance(param.bounds, Interval) else param.bounds
        for value in values:
            try:
                bound = record.bind(**{name: value})
            except ValueError:
                continue
            bound.pop("axis", None)
            yield bound


@contextmanager
def planted(record, mutant):
    """Put a mutant in the place of the function it breaks, for the length of a `with` block."""
    original = getattr(record, mutant.field)
    object.__setattr__(record, mutant.field, mutant.function)
    try:
        yield record
    finally:
        object.__setattr__(record, mutant.field, original)

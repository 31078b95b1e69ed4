"""Judge functions by their values, and say what is wrong in words that help.

Inputs and expected values are made first; then the learner's function runs apart (see `isolation`) and what came of
each call is handed back as plain data (see `observing`), which is judged here. Every complaint is the same text in
every run: no addresses, no times, no random inputs.
"""

import contextlib
import inspect
import re
import reprlib
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from activations.core import Activation
from activations.exercises.isolation import Died, NeverFinished, isolated
from activations.exercises.judging import CORRECT, TODO, Finding, is_nothing
from activations.exercises.observing import Call, a_type, copies, observe

__all__ = ["FunctionJudge"]


@dataclass(frozen=True)
class FunctionJudge:
    """Judge a function by its values.

    Parameters
    ----------
    name : str
        What the learner's function is called.
    reference : callable
        Gives the right values.
    signature : inspect.Signature
        What the learner's function should take.
    params : sequence of mapping
        Parameters to try besides the defaults.
    inputs : callable, optional
        Returns a list of tuples of arguments. Without it the function is elementwise, and `x` is tried in
        several shapes, sizes and dtypes.
    joints : tuple of float or callable
        Where pieces meet; a function of the parameters where it depends on them.
    mistakes : mapping of str to callable
        Messages, each with the function that someone who makes that mistake has written.
    within : tuple of float
        Inputs outside are never tried. With the default, large inputs may not overflow either.
    special : bool
        Whether NaN and infinities are tried.
    keeps_dtype : bool
        Whether float32 must stay float32.
    rtol, atol : float
        Tolerances in float64.
    """

    name: str
    reference: Callable
    signature: inspect.Signature
    params: Sequence[Mapping[str, Any]] = ()
    inputs: Callable[[], list[tuple]] | None = None
    joints: tuple[float, ...] | Callable[..., tuple[float, ...]] = ()
    mistakes: Mapping[str, Callable] = field(default_factory=dict)
    within: tuple[float, float] = (-np.inf, np.inf)
    special: bool = False
    keeps_dtype: bool = True
    rtol: float = 1e-9
    atol: float = 1e-12

    def __call__(self, attempt: Any, seconds: float) -> Finding:
        """Judge an attempt."""
        if is_nothing(attempt):
            return TODO
        ours = attempt.__self__ if type(attempt) is types.MethodType else attempt
        if type(ours) is Activation:
            return Finding("wrong", "This is the package's own function. Write yours.")
        if not callable(attempt):
            return Finding(
                "wrong",
                f"Give the function itself, not its result: {self.name} without parentheses. "
                f"This is {a_type(type(attempt))}.",
            )
        calls = list(self.calls())
        names = attempt.__globals__ if type(attempt) is types.FunctionType else {}
        try:
            seen = isolated(lambda: observe(attempt, calls), seconds, names)
        except NeverFinished:
            return Finding(
                "wrong", f"It had not finished after {seconds:g} seconds. Is there an endless loop?"
            )
        except Died:
            return Finding("wrong", "It ended Python itself, or crashed it.")
        if isinstance(seen, str):
            return Finding("wrong", f"It cannot be called as {self.name}{self.signature}: {seen}.")
        for number, (call, outcome) in enumerate(zip(calls, seen, strict=False)):
            if outcome.error_name == "NotImplementedError" and number == 0:
                return TODO
            complaint = self._complaint(call, outcome)
            if complaint is not None:
                return Finding("wrong", self._where(call) + complaint, self._curves(call, outcome))
        return CORRECT

    def _record(self):
        """Return the record behind the reference, if that is a record or one of its methods."""
        record = getattr(self.reference, "__self__", self.reference)
        return record if isinstance(record, Activation) else None

    # What to try.

    def calls(self) -> Iterator[Call]:
        """Make every call: plain ones first, so that the first complaint is the one that matters most."""
        settings = [{}, *self.params] if self._runs_without(self.params) else list(self.params)
        if self.inputs is not None:
            for args in self.inputs():
                for kwargs in settings:
                    yield self._call(args, kwargs)
            return
        near = {i: self._clip(self._points(kwargs)) for i, kwargs in enumerate(settings)}
        for i, kwargs in enumerate(settings):
            yield self._call((near[i],), kwargs)
        # The rest with the last parameters only: it asks how the function is written, not what it computes.
        x, kwargs = near[len(settings) - 1], settings[-1]
        yield self._call((x[: x.size // 3 * 3].reshape(3, -1),), kwargs, "For an array of two dimensions")
        for dtype in (np.float32, np.float16) if self.keeps_dtype else ():
            yield self._call((x.astype(dtype),), kwargs, f"For {np.dtype(dtype)} input")
        whole = self._clip(np.arange(-4, 9))
        if whole.size:
            yield self._call((whole,), kwargs, "For integer input")
        yield self._call((x[:0],), kwargs, "For an empty array")
        far = self._clip(np.array([-1e4, -800.0, -100.0, 100.0, 800.0, 1e4]))
        if far.size:
            yield self._call((far,), kwargs, "For inputs far from 0")
        if self.special:
            yield self._call((np.array([-np.inf, np.inf, np.nan]),), kwargs, "For infinities and NaN")

    def _runs_without(self, params):
        """Whether the learner's function can be called without the parameters."""
        tried = {name for kwargs in params for name in kwargs}
        return all(p.default is not p.empty for n, p in self.signature.parameters.items() if n in tried)

    def _joints(self, kwargs):
        return tuple(self.joints(**kwargs) if callable(self.joints) else self.joints)

    def _points(self, kwargs):
        around = [j + step for j in self._joints(kwargs) for step in (-1, -0.25, 0, 0.25, 1)]
        return np.unique(
            [-7, -3, -2, -1.5, -1, -0.75, -0.5, -0.25, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 7, *around]
        )

    def _clip(self, x):
        low, high = self.within
        return x[(low <= x) & (x <= high)]

    def _call(self, args, kwargs, about=""):
        def at(f, kwargs):
            with np.errstate(all="ignore"):
                return np.asarray(f(*copies(args), **kwargs))

        joints = self._joints(kwargs)
        mistakes = {}
        for message, f in self._all_mistakes().items():
            with contextlib.suppress(Exception):  # a mistake that runs for some inputs only is known by these
                mistakes[message] = at(f, kwargs)
        grid = None
        if self.inputs is None:
            low, high = min((-4.0, *(j - 3 for j in joints))), max((4.0, *(j + 3 for j in joints)))
            grid = self._clip(np.union1d(np.linspace(low, high, 401), joints))
        default = at(self.reference, {}) if kwargs and self._runs_without(self.params) else None
        return Call(args, kwargs, at(self.reference, kwargs), about, default, mistakes, joints, grid)

    def _all_mistakes(self):
        record = self._record()
        if record is None:
            return self.mistakes
        if self.reference is record:
            return {
                "This is the derivative; the function itself is asked.": record.derivative,
                **self.mistakes,
            }
        return {"This is the function itself; its derivative is asked.": record, **self.mistakes}

    # What came back.

    def _where(self, call):
        """Say in what sort of call the fault shows, unless it shows in the plainest."""
        given = ", ".join(f"{k} = {_short(v)}" for k, v in call.kwargs.items())
        if not call.about:
            return f"With {given}: " if given else ""
        return f"{call.about}, with {given}: " if given else f"{call.about}: "

    def _complaint(self, call, outcome):
        if outcome.error:
            if self._works_for_scalars(call, outcome):
                return (
                    f"It works for single numbers only; for an array it raises {outcome.error_name}. An if, max() and "
                    "the functions of math take one number: use np.where, np.maximum, a mask, …"
                )
            return f"It raises {outcome.error}."
        if outcome.instead == "None":
            kept = " It also changes its input." if outcome.changed else ""
            return f"It returns None. Is a return missing?{kept}"
        if outcome.changed:
            return (
                "It changes its input: the array of whoever calls it is not the same afterwards. "
                "Make a new array; x[...] = and x *= write into the old one."
            )
        if outcome.instead == "a generator":
            return "It returns a generator, which has computed nothing yet; an array is asked."
        if outcome.instead:
            return f"It returns {outcome.instead}; a plain NumPy array of numbers is asked."
        value = outcome.value
        return (
            self._shape_complaint(value, call)
            or self._dtype_complaint(value, call)
            or self._value_complaint(value.astype(np.float64), call, outcome)
        )

    def _shape_complaint(self, value, call):
        if value.shape == call.expected.shape:
            return None
        got = "a single number" if value.shape == () else f"shape {value.shape}"
        wanted = "a single number" if call.expected.shape == () else f"shape {call.expected.shape}"
        return f"It returns {got}; {wanted} is asked, for {self._inputs(call)}."

    def _dtype_complaint(self, value, call):
        if value.dtype.kind == "c":
            return "It returns complex numbers; real ones are asked."
        if value.dtype.kind == "b":
            return "It returns True and False; numbers are asked. .astype(x.dtype) makes them 1.0 and 0.0."
        given = [a.dtype for a in call.args if isinstance(a, np.ndarray) and a.dtype.kind == "f"]
        if not given:
            return None  # integers in: integers out are fine where the values are right
        wanted = np.result_type(*given)
        if value.dtype.kind != "f" or (self.keeps_dtype and value.dtype != wanted):
            return f"It returns {value.dtype} where the input is {wanted}; the dtype of the input is asked."
        return None

    def _value_complaint(self, value, call, outcome):
        expected = call.expected.astype(np.float64)
        bad = ~self._close(value, expected, call)
        if not bad.any():
            if outcome.warned and all(np.isfinite(a).all() for a in call.args if isinstance(a, np.ndarray)):
                return (
                    f"The values are right, but NumPy warns: {outcome.warned}. Some step on the way leaves the range "
                    "of floats. If np.where drops it: both branches are computed everywhere, so give the one that is "
                    "not used a harmless input. Else write the formula in another way."
                )
            return None
        first = self._first(value, expected, call, bad)
        if np.isnan(value[np.isfinite(expected)]).any():
            warned = f" (NumPy warns: {outcome.warned})" if outcome.warned else ""
            return f"It gives nan where there is a value{warned}.\n{first}"
        return f"{self._pattern(value, expected, call, bad)}\n{first}"

    def _close(self, value, expected, call):
        rtol, atol = self.rtol, self.atol
        for a in call.args:
            if isinstance(a, np.ndarray) and a.dtype in (np.float32, np.float16):
                rtol, atol = max(rtol, 8 * np.finfo(a.dtype).eps), max(atol, np.finfo(a.dtype).eps)
        return np.isclose(value, expected, rtol=rtol, atol=atol, equal_nan=True)

    def _pattern(self, value, expected, call, bad):
        """Say how the values are wrong, where they are so in a way that has a name."""

        def same(other):
            return self._close(value, np.asarray(other, np.float64), call).all()

        for message, other in call.mistakes.items():
            if other.shape == value.shape and same(other):
                return message
        if call.default is not None and same(call.default):
            return f"The result does not depend on {' and '.join(call.kwargs)}."
        if same(-expected):
            return "The sign is wrong everywhere."
        x = call.args[0]
        elementwise = self.inputs is None and x.shape == bad.shape
        if elementwise and not (bad & ~np.isin(x, call.joints)).any():
            kinks = " and ".join(f"{j:g}" for j in sorted(set(x[bad].tolist())))
            return f"Right everywhere but at the kink, x = {kinks}."
        if elementwise and x.dtype.kind in "iu" and same(np.trunc(expected)):
            return (
                "Fractions are cut off. np.zeros_like(x) and .astype(x.dtype) of integers hold integers: "
                "say dtype=float, or start from a formula."
            )
        if elementwise and value.size > 1 and (value == value.flat[0]).all():
            return "It returns the same value for every input."
        pivot = np.argmax(np.abs(np.where(np.isfinite(expected), expected, 0)))
        if np.isfinite(value).all() and expected.flat[pivot]:
            factor = value.flat[pivot] / expected.flat[pivot]
            # One value is always some multiple of another: worth saying only if the factor is a simple one.
            simple = (
                any(abs(f - round(f)) < 1e-6 and abs(f) < 100 for f in (factor, 1 / factor))
                if factor
                else False
            )
            if factor and (value.size > 1 or simple) and same(factor * expected):
                return f"All values are {factor:.4g} times what they should be."
            offset = value.flat[pivot] - expected.flat[pivot]
            if value.size > 1 and same(expected + offset):
                return f"All values are {abs(offset):.4g} too {'large' if offset > 0 else 'small'}."
        if elementwise:
            # Of all joints, those that leave most of the line right.
            for joint in sorted(call.joints):
                if not bad[x > joint].any():
                    return f"Right for x > {joint:g}, wrong to the left of it."
            for joint in sorted(call.joints, reverse=True):
                if not bad[x < joint].any():
                    return f"Right for x < {joint:g}, wrong to the right of it."
        if bad.all():
            return "The values are wrong."
        return "Some values are wrong."

    def _first(self, value, expected, call, bad):
        # The wrong input that is easiest to compute by hand: the one nearest to 1 in size.
        if self.inputs is None and call.args[0].shape == bad.shape:
            x = call.args[0][bad].astype(np.float64)
            place = int(np.argmin(np.abs(np.abs(x) - 1)))
            where = f"x = {_short(x[place])}"
        else:
            place = 0
            where = self._inputs(call, values=True)
            if bad.size > 1:
                index = tuple(int(i) for i in np.argwhere(bad)[0])
                where += f", entry {index if len(index) > 1 else index[0]}"
        yours, wanted = float(value[bad][place]), float(expected[bad][place])
        yours, wanted = _distinct(yours, wanted)
        return f"  for {where}\n  your value: {yours}\n  expected:   {wanted}"

    def _inputs(self, call, values=False):
        """Put the arguments in words: their values where these are few, else their shapes."""
        shown = []
        for name, a in zip(self.signature.parameters, call.args, strict=False):
            if isinstance(a, np.ndarray) and (not values or a.size > 12):
                shown.append(f"{name} of shape {a.shape}")
            else:
                shown.append(f"{name} = {_short(a)}")
        return ", ".join(shown)

    def _works_for_scalars(self, call, outcome):
        if outcome.one_by_one is None:
            return False
        return np.allclose(outcome.one_by_one, call.expected.ravel(), rtol=1e-3, atol=1e-3, equal_nan=True)

    def _curves(self, call, outcome):
        """Return what a picture shows, or None if there is nothing to draw."""
        if call.grid is None or outcome.curve is None:
            return None
        with np.errstate(all="ignore"):
            wanted = np.asarray(self.reference(call.grid.copy(), **call.kwargs), np.float64)
        return call.grid, outcome.curve, wanted


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return re.sub(r"\s+", " ", np.array2string(value, precision=4, separator=", ", threshold=12))
    return f"{value:.6g}" if isinstance(value, float | np.floating) else reprlib.repr(value)


def _distinct(a: float, b: float) -> tuple[str, str]:
    """Write two numbers with as many digits as it takes to tell them apart."""
    for digits in (6, 12):
        shown = f"{a:.{digits}g}", f"{b:.{digits}g}"
        if shown[0] != shown[1]:
            return shown
    return repr(a), repr(b)

"""Call the learner's function and note what comes of it, as plain data.

This is the part that runs apart (see `isolation`). What it hands back holds no object that the learner made: only
arrays of numbers, which are judged elsewhere, and words for everything else.
"""

import inspect
import linecache
import re
import types
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from activations.exercises.isolation import TimeUp

__all__ = ["NUMBER_TYPES", "Call", "Outcome", "a_type", "copies", "observe"]

SCALAR_TYPES = frozenset(
    {int, float, bool, complex} | {t for t in np.sctypeDict.values() if t is not np.timedelta64}
)
# issubclass(np.timedelta64, np.integer) holds, which is why it is left out above.
NUMBER_TYPES = frozenset(
    t for t in SCALAR_TYPES if t in (int, float) or issubclass(t, np.integer | np.floating)
)


@dataclass(frozen=True)
class Call:
    """One call of the learner's function, and what it should give.

    Parameters
    ----------
    args, kwargs : tuple, mapping
        The arguments.
    expected : numpy.ndarray or numpy scalar
        The reference's value.
    about : str
        What is special about this call, such as ``"For integer input"``.
    default : numpy.ndarray, optional
        The reference's value when the parameters are left at their defaults.
    mistakes : mapping of str to numpy.ndarray
        Messages, each with the values by which its mistake is known.
    joints : tuple of float
        Where pieces meet.
    grid : numpy.ndarray, optional
        Inputs for a picture.
    """

    args: tuple
    kwargs: Mapping[str, Any]
    expected: Any
    about: str = ""
    default: Any = None
    mistakes: Mapping[str, Any] = field(default_factory=dict)
    joints: tuple[float, ...] = ()
    grid: np.ndarray | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a call.

    Parameters
    ----------
    value : numpy.ndarray, optional
        What it returned, if that is an array of numbers or a single number.
    instead : str
        Else, what it returned, in words.
    error, error_name : str
        What it raised, in words, and the name of its type.
    changed : bool
        Whether an argument is not as it was.
    warned : str
        What NumPy warned of.
    one_by_one : numpy.ndarray, optional
        If an array made it raise: the values for its elements one by one, if these do not.
    curve : numpy.ndarray, optional
        The values at the grid of the call, for a picture.
    """

    value: np.ndarray | None = None
    instead: str = ""
    error: str = ""
    error_name: str = ""
    changed: bool = False
    warned: str = ""
    one_by_one: np.ndarray | None = None
    curve: np.ndarray | None = None


def observe(attempt: Callable, calls: Sequence[Call]) -> list[Outcome] | str:
    """Make the calls, up to one that raises.

    Parameters
    ----------
    attempt : callable
        The learner's function.
    calls : sequence of Call
        What to call it with.

    Returns
    -------
    list of Outcome, or str
        What came of each call; or why it cannot be called like that at all.

    Examples
    --------
    >>> x = np.array([-4.0, 4.0])
    >>> observe(np.sqrt, [Call((x,), {}, None)])[0].warned
    'invalid value encountered in sqrt'
    """
    try:
        signature = inspect.signature(attempt)
    except (TypeError, ValueError):  # it does not tell
        signature = None
    outcomes = []
    for call in calls:
        if signature is not None:
            try:
                signature.bind(*call.args, **call.kwargs)
            except TypeError as error:
                return str(error)
        outcomes.append(_make(attempt, call))
        if outcomes[-1].error:
            break
    # The calls for pictures come last: they must not change what the others find.
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return [replace(o, curve=_curve(attempt, c)) for o, c in zip(outcomes, calls, strict=False)]


def _curve(attempt, call):
    if call.grid is None:
        return None
    values, _ = _as_numbers(_try(attempt, copies((call.grid,)), call.kwargs)[0])
    drawable = values is not None and values.shape == call.grid.shape and values.dtype.kind in "iuf"
    return values.astype(np.float64) if drawable else None


def copies(args: tuple) -> tuple:
    """Return the arguments with every array copied, so that whoever gets them may do with them as they like."""
    return tuple(a.copy() if isinstance(a, np.ndarray) else a for a in args)


def _make(attempt, call) -> Outcome:
    given = copies(call.args)
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("always")
        value, error = _try(attempt, given, call.kwargs)
        if error is not None:
            singles = _one_by_one(attempt, call) if call.grid is not None else None
            return Outcome(error=_raised(error, attempt), error_name=type(error).__name__, one_by_one=singles)
        warned = [str(w.message) for w in caught if issubclass(w.category, RuntimeWarning)]
    changed = any(
        isinstance(a, np.ndarray) and (a.shape != b.shape or a.dtype != b.dtype or a.tobytes() != b.tobytes())
        for a, b in zip(given, call.args, strict=True)
    )
    array, instead = _as_numbers(value)
    return Outcome(value=array, instead=instead, changed=changed, warned=warned[0] if warned else "")


def _try(attempt, args, kwargs):
    """Return what the function returns and None, or None and what it raises."""
    try:
        value = attempt(*args, **kwargs)
    except TimeUp:
        raise
    except BaseException as error:
        return None, error
    # A copy: it may be a buffer that the next call fills anew.
    return (value.copy() if type(value) is np.ndarray else value), None


def _as_numbers(value):
    """Return an array and no words, or None and words for what it is instead."""
    kind = type(value)
    if kind is np.ndarray or kind in SCALAR_TYPES:
        try:
            array = np.asarray(value)
        except OverflowError:
            array = None
        if array is not None and array.dtype.kind in "biufc":
            return array, ""
        if kind is np.ndarray:
            return None, f"an array of dtype {array.dtype}"
    return None, a_type(kind)


def _one_by_one(attempt, call):
    values = []
    for x in call.args[0].ravel().tolist():
        value, error = _try(attempt, (x,), call.kwargs)
        if error is not None or type(value) not in NUMBER_TYPES:
            return None
        values.append(float(value))
    return np.array(values)


def a_type(kind: type) -> str:
    """Name a type, with its article, without asking it anything."""
    known = {
        np.ndarray: "an array",
        bool: "a truth value",
        np.bool: "a truth value",
        types.FunctionType: "a function",
        types.NoneType: "None",
    }
    if kind in known:
        return known[kind]
    name = type.__getattribute__(kind, "__name__")
    module = type.__getattribute__(kind, "__module__")
    name = name if module in ("builtins", "__main__") else f"{str(module).partition('.')[0]} {name}"
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def _raised(error: BaseException, attempt: Callable | None = None) -> str:
    """Name an exception, its message, and the learner's line that raised it."""
    if isinstance(error, SystemExit):
        text = "SystemExit: it tries to end Python"
    elif isinstance(error, RecursionError):
        text = "RecursionError: it calls itself without end"
    else:
        try:
            message = str(error)
        except (Exception, KeyboardInterrupt, SystemExit):
            message = ""
        message = re.sub(r" at 0x[0-9a-fA-F]+", "", message.partition("\n")[0])
        message = message if len(message) <= 160 else message[:159] + "…"
        text = type(error).__name__ + (f": {message.rstrip('.')}" if message else "")
    code = getattr(attempt, "__code__", None)
    if code is None:
        return text
    frame, line = error.__traceback__, None
    while frame is not None:
        if frame.tb_frame.f_code is code:
            line = frame.tb_lineno
        frame = frame.tb_next
    if line is None:
        return text
    source = linecache.getline(code.co_filename, line).strip()
    return f"{text}, in its line {line - code.co_firstlineno + 1}" + (f": {source}" if source else "")

"""Exercises: `check` an answer, unfold a `hint` or a `solution`; the `registry` holds them all."""

import difflib
import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from activations.exercises.display import Folded, Verdict, overlay
from activations.exercises.record import Exercise, numbered

__all__ = ["CHAPTERS", "Folded", "check", "hint", "of_chapter", "registry", "show", "solution"]

# The chapters that have exercises, in the order in which they are taught.
CHAPTERS = (
    *("threshold", "sigmoidal", "rectified", "exponential", "gated", "shrinkage", "softmax", "periodic"),
    *("gradient_flow", "training", "choosing", "designing"),
)


def of_chapter(chapter: str) -> tuple[Exercise, ...]:
    """Return the exercises of a chapter, in the order in which its module defines them.

    Parameters
    ----------
    chapter : str
        One of `CHAPTERS`.

    Returns
    -------
    tuple of Exercise
        The records.

    Raises
    ------
    ModuleNotFoundError
        If there is no such chapter.

    Examples
    --------
    >>> of_chapter("rectified")[0]
    <Exercise relu: implement>
    """
    module = importlib.import_module(f"activations.exercises.{chapter}")
    return tuple(value for value in vars(module).values() if isinstance(value, Exercise))


registry: Mapping[str, Exercise] = MappingProxyType(
    numbered([record for chapter in CHAPTERS for record in of_chapter(chapter)])
)


def check(exercise_id: str, attempt: Any = None, *, seconds: float = 5.0) -> Verdict:
    """Say whether an answer is right, and if not, what is wrong with it. Never raises.

    Functions are run apart from the notebook: they may loop, exit or crash without harm to it.

    Parameters
    ----------
    exercise_id : str
        Which exercise.
    attempt : object
        The answer: the function itself, a number, or a letter.
    seconds : float, default 5
        How long a function may run in all.

    Returns
    -------
    Verdict
        Its `status` is ``"todo"``, ``"correct"``, ``"wrong"`` or ``"error"`` (the exercise is unknown, or the
        check was interrupted), its `message` what was printed. In a notebook it shows a picture that helps.

    Examples
    --------
    >>> import numpy as np
    >>> check("relu", lambda x: np.abs(x)).status
    relu: not yet. Right for x > 0, wrong to the left of it.
      for x = -1
      your value: 1
      expected:   0
    'wrong'
    """
    verdict = _verdict(exercise_id, attempt, seconds)
    print(verdict.message)
    return verdict


def _verdict(exercise_id, attempt, seconds):
    if type(exercise_id) is not str:
        swapped = type(attempt) is str and attempt in registry
        order = (
            f'the name comes first: check("{attempt}", …)'
            if swapped
            else 'the name comes first, as in check("relu", …)'
        )
        return Verdict("?", "error", f"Which exercise? {order}.")
    if exercise_id not in registry:
        return Verdict(exercise_id, "error", _unknown(exercise_id))
    record = registry[exercise_id]
    try:
        finding = record.judge(attempt, seconds)
    except KeyboardInterrupt:
        return Verdict(exercise_id, "error", f"{exercise_id}: the check was interrupted.")
    except Exception as error:  # an answer so odd that nobody thought of it must not end the notebook
        return Verdict(exercise_id, "error", f"{exercise_id}: could not be checked ({type(error).__name__}).")
    head = {"todo": "not attempted yet.", "correct": "correct.", "wrong": "not yet."}[finding.status]
    message = f"{exercise_id}: {head} {finding.text}".rstrip()
    return Verdict(exercise_id, finding.status, message, _picture(record, finding))


def _picture(record, finding):
    if finding.curves is None:
        return None
    try:
        return overlay(record.name, *finding.curves)
    except Exception:  # the words are worth more than the picture
        return None


def _unknown(name):
    close = difflib.get_close_matches(name, registry, n=3)
    known = (
        f"Did you mean {' or '.join(map(repr, close))}?" if close else f"There are: {', '.join(registry)}."
    )
    return f"There is no exercise {name[:40]!r}. {known}"


def _find(exercise_id):
    if exercise_id not in registry:
        raise KeyError(_unknown(str(exercise_id)))
    return registry[exercise_id]


def hint(exercise_id: str) -> Folded:
    """Return the hint of an exercise, folded.

    Parameters
    ----------
    exercise_id : str
        Which exercise.

    Returns
    -------
    Folded
        In a notebook, a line that unfolds; ``print`` shows the text.

    Raises
    ------
    KeyError
        If there is no such exercise; the message names those with a similar name.

    Examples
    --------
    >>> hint("relu")
    <Hint: run this cell to unfold it, or print() it>
    """
    return Folded("Hint", _find(exercise_id).hint)


def solution(exercise_id: str) -> Folded:
    """Return the solution of an exercise, folded: the very source that the tests run, and why it is right.

    Parameters
    ----------
    exercise_id : str
        Which exercise.

    Returns
    -------
    Folded
        In a notebook, a line that unfolds; ``print`` shows the text.

    Raises
    ------
    KeyError
        If there is no such exercise; the message names those with a similar name.

    Examples
    --------
    >>> print(solution("relu").code)
    def my_relu(x):
        return np.maximum(x, 0)
    """
    record = _find(exercise_id)
    return Folded("Solution", record.why, record.solution_source)


def show(exercise_id: str) -> Any:
    """Draw the picture that an exercise is about.

    Parameters
    ----------
    exercise_id : str
        Which exercise: one of the kind "picture".

    Returns
    -------
    activations.plotting.Picture
        The picture.

    Raises
    ------
    KeyError
        If there is no such exercise.
    ValueError
        If the exercise has no picture.

    Examples
    --------
    >>> show("relu")
    Traceback (most recent call last):
        ...
    ValueError: exercise 'relu' has no picture
    """
    record = _find(exercise_id)
    if record.show is None:
        raise ValueError(f"exercise {exercise_id!r} has no picture")
    return record.show()

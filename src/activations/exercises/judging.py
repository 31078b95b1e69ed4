"""Judge numbers and choices, and say what is wrong with them in words that help."""

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from activations.exercises.observing import NUMBER_TYPES, a_type

__all__ = ["CORRECT", "TODO", "Finding", "NumberJudge", "QuizJudge", "TuneJudge", "is_nothing"]


@dataclass(frozen=True)
class Finding:
    """What a judge found: a status, why, and the data of a picture."""

    status: str
    text: str = ""
    curves: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None


CORRECT = Finding("correct")
TODO = Finding("todo")


def is_nothing(attempt: Any) -> bool:
    """Whether the learner has not set anything yet."""
    return attempt is None or attempt is Ellipsis or attempt is NotImplemented


# Numbers: predict, picture, tune.


def _as_number(answer: Any) -> float | Finding:
    """Return the answer as a float, or what is wrong with it."""
    if is_nothing(answer):
        return TODO
    kind = type(answer)
    if kind is np.ndarray and answer.shape == () and answer.dtype.type in NUMBER_TYPES:
        answer, kind = answer[()], answer.dtype.type
    if kind not in NUMBER_TYPES:
        hint = " Set the name to the number itself, without quotes." if kind is str else ""
        return Finding("wrong", f"A number is asked, and this is {a_type(kind)}.{hint}")
    try:
        number = float(answer)
    except OverflowError:
        number = np.inf
    if not np.isfinite(number):
        return Finding("wrong", f"A finite number is asked, and this is {number}.")
    return number


@dataclass(frozen=True)
class NumberJudge:
    """Judge a number that is known: predicted, or read off a picture.

    Parameters
    ----------
    answer : float
        The number.
    tolerance : float
        How far off is still right.
    mistakes : mapping of float to str
        Known wrong numbers, and what to say to whoever gives them.
    """

    answer: float
    tolerance: float
    mistakes: Mapping[float, str]

    def __call__(self, attempt: Any, seconds: float) -> Finding:
        """Judge an attempt."""
        number = _as_number(attempt)
        if isinstance(number, Finding):
            return number
        if self._near(number, self.answer):
            return CORRECT
        for wrong, message in self.mistakes.items():
            if self._near(number, wrong):
                return Finding("wrong", message)
        shown = f"{number:.6g} is"
        if self._near(-number, self.answer):
            return Finding("wrong", f"{shown} the right size with the wrong sign.")
        if self._near(number / 100, self.answer):
            return Finding("wrong", f"{shown} right in per cent; a fraction between 0 and 1 is asked.")
        if number and self._near(1 / number, self.answer):
            return Finding(
                "wrong", f"{shown} one over the right number: which of the two is divided by the other?"
            )
        return Finding("wrong", f"{shown} too {'large' if number > self.answer else 'small'}.")

    def _near(self, number, target):
        # A shade more than the tolerance: 0.3 is within 0.1 of 0.2, though not in floating point.
        return abs(number - target) <= self.tolerance * (1 + 1e-9)


@dataclass(frozen=True)
class TuneJudge:
    """Judge a number by what it achieves.

    Parameters
    ----------
    measure : callable
        Takes the number, returns what it achieves.
    target, tolerance : float
        What it should achieve, and how far off is still right.
    goal : str
        What `measure` returns, in words that follow "With 0.1, the".
    legal : tuple of float
        The smallest and the largest number that can be tried.
    mistakes : mapping of float to str
        Known wrong numbers, and what to say besides what they achieve.
    """

    measure: Callable[[float], float]
    target: float
    tolerance: float
    goal: str
    legal: tuple[float, float]
    mistakes: Mapping[float, str]

    def __call__(self, attempt: Any, seconds: float) -> Finding:
        """Judge an attempt."""
        number = _as_number(attempt)
        if isinstance(number, Finding):
            return number
        low, high = self.legal
        if not low <= number <= high:
            return Finding("wrong", f"{number:.6g} is out of bounds: try numbers from {low:g} to {high:g}.")
        achieved = float(self.measure(number))
        text = f"With {number:.6g}, the {self.goal} is {achieved:.3g}; the target is {self.target:g}"
        if abs(achieved - self.target) <= self.tolerance:
            return Finding("correct", f"{text}.")
        text += (
            f", give or take {self.tolerance:g}. That is too {'high' if achieved > self.target else 'low'}."
        )
        for wrong, message in self.mistakes.items():
            if np.isclose(number, wrong, rtol=5e-3):  # learners round, often to two digits
                text = f"{text} {message}"
        return Finding("wrong", text)


# Choices.


@dataclass(frozen=True)
class QuizJudge:
    """Judge a choice.

    Parameters
    ----------
    answer : str
        The right letter, or letters in alphabetical order.
    feedback : mapping of str to str
        For each letter, what to say when it is chosen wrongly, or wrongly left out.
    """

    answer: str
    feedback: Mapping[str, str]

    def __call__(self, attempt: Any, seconds: float) -> Finding:
        """Judge an attempt."""
        letters = ", ".join(f'"{letter}"' for letter in self.feedback)
        if is_nothing(attempt):
            return TODO
        if type(attempt) is not str:
            return Finding(
                "wrong", f"Answer with a letter in quotes, one of {letters}; this is {a_type(type(attempt))}."
            )
        chosen = {letter for letter in attempt.lower() if letter not in " ,;"}
        if not chosen:
            return TODO
        if not chosen <= set(self.feedback):
            return Finding("wrong", f"{reprlib.repr(attempt)} is not among the choices {letters}.")
        right = set(self.answer)
        if chosen == right:
            return CORRECT
        if len(right) == 1 and len(chosen) > 1:
            return Finding("wrong", "Choose one.")
        for letter in sorted(chosen - right):
            return Finding("wrong", f"({letter}) {self.feedback[letter]}")
        letter = min(right - chosen)
        return Finding("wrong", f"Right so far, but not all. ({letter}) {self.feedback[letter]}")

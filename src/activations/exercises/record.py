r"""The record of an exercise, and the decorators by which chapters write one.

An exercise is a class that is read from top to bottom: the prompt (its docstring: a line that is the title, then
the question), a hint, the solution, why it is right, and wrong answers that learners give, each with what they are
told. The decorator names the kind and turns the class into an `Exercise`, whose id is the name of the class.

    @implement("my_relu", reference=rectified.relu, minutes=3)
    class relu:
        '''ReLU for a whole array.

        Write $\max(0, x)$ for an array of any shape.
        '''

        hint = "Which NumPy function compares two arrays element by element?"

        def solution(x):
            return np.maximum(x, 0)

        @says("changes its input")
        def wrong_in_place(x):
            x[x < 0] = 0
            return x

        @mistake("This is |x|. Negative inputs should give 0.")
        def wrong_absolute(x):
            return np.abs(x)

A wrong answer that `says` something is recognised by `check` of its own accord, and the words must occur in what it
says. A `mistake` teaches `check` a message: every answer with the same values gets it.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from activations.core import Activation
from activations.exercises.functions import FunctionJudge
from activations.exercises.judging import Finding, NumberJudge, QuizJudge, TuneJudge

__all__ = [
    "Exercise",
    "Wrong",
    "derivative",
    "implement",
    "picture",
    "mistake",
    "predict",
    "quiz",
    "repair",
    "says",
    "tune",
]


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that learners give.

    Parameters
    ----------
    attempt : object
        The answer.
    message : str
        Words of the message it must get.
    """

    attempt: Any
    message: str


@dataclass(frozen=True)
class Exercise:
    """One exercise: what is asked, what is right, what is wrong, and how to tell.

    Parameters
    ----------
    id : str
        The name by which `check` knows it.
    kind : str
        One of implement, derivative, repair, predict, tune, picture, quiz.
    title, prompt : str
        What is asked, as Markdown.
    minutes : int
        How long it takes.
    name : str
        What the learner's function or number is called.
    stub : str
        The learner's cell, before they write in it.
    hint, why : str
        A push in the right direction; why the solution is right.
    solution : object
        The answer: a function, a number or a letter.
    solution_source : str
        The solution as the learner would write it: the source of what the tests run.
    wrong : mapping of str to Wrong
        Known wrong answers.
    judge : callable
        Takes an attempt and the seconds it may take, returns a `Finding`.
    show : callable, optional
        Draws the picture that the exercise is about.
    after : str
        Code of a cell that follows the check, such as a measurement of what was predicted.
    """

    id: str
    kind: str
    title: str
    prompt: str
    minutes: int
    name: str
    stub: str
    hint: str
    why: str
    solution: Any
    solution_source: str
    wrong: Mapping[str, Wrong] = field(repr=False)
    judge: Callable[[Any, float], Finding] = field(repr=False)
    show: Callable | None = None
    after: str = ""

    def __post_init__(self):
        object.__setattr__(self, "wrong", MappingProxyType(dict(self.wrong)))
        if len(self.wrong) < 3:
            raise ValueError(
                f"exercise {self.id} must have at least 3 known wrong answers, got {len(self.wrong)}"
            )
        if not (self.title and self.prompt and self.hint):
            raise ValueError(f"exercise {self.id} must have a title, a prompt and a hint")

    def __repr__(self) -> str:
        return f"<Exercise {self.id}: {self.kind}>"


def says(words: str) -> Callable:
    """Mark a wrong answer with words of the message that `check` has for it of its own accord.

    Parameters
    ----------
    words : str
        Part of the message.

    Returns
    -------
    callable
        Marks a function.
    """

    def mark(f):
        f.message, f.is_told = words, False
        return f

    return mark


def mistake(message: str) -> Callable:
    """Mark a wrong answer with a message of its own: every answer that gives the same values will get it.

    Parameters
    ----------
    message : str
        What to say: whole sentences.

    Returns
    -------
    callable
        Marks a function.
    """

    def mark(f):
        f.message, f.is_told = message, True
        return f

    return mark


# Exercises that ask for a function.


def _function_exercise(kind, name, reference, minutes, **options):
    def make(body):
        solution = body.solution
        wrong = {n: f for n, f in vars(body).items() if n.startswith("wrong_")}
        if kind == "repair":
            wrong = {"as_found": body.broken, **wrong}
        told = {f.message: f for f in wrong.values() if f.is_told}
        record = getattr(reference, "__self__", reference)
        given = {"joints": record.joints} if isinstance(record, Activation) else {}
        judge = FunctionJudge(
            name, reference, inspect.signature(solution), mistakes=told, **{**given, **options}
        )
        return Exercise(
            id=body.__name__,
            kind=kind,
            **_prose(body),
            minutes=minutes,
            name=name,
            stub=_stub(body.broken if kind == "repair" else solution, name, keep_body=kind == "repair"),
            solution=solution,
            solution_source=_source(solution, name),
            wrong={n.removeprefix("wrong_"): Wrong(f, f.message) for n, f in wrong.items()},
            judge=judge,
            after=_after(body),
        )

    return make


def implement(name: str, *, reference: Callable, minutes: int = 5, **options) -> Callable:
    """Ask for a function.

    Parameters
    ----------
    name : str
        What the learner's function is called.
    reference : callable
        What gives the right values: a record of the catalogue, or any function that is not the solution.
    minutes : int
        How long it takes.
    **options
        `params`, `inputs`, `joints`, `within`, `special`, `keeps_dtype`, `rtol`, `atol` of
        `FunctionJudge`. A record as reference brings its own joints.

    Returns
    -------
    callable
        Turns a class into an `Exercise`.
    """
    return _function_exercise("implement", name, reference, minutes, **options)


def derivative(name: str, *, reference: Callable, minutes: int = 5, **options) -> Callable:
    """Ask for a derivative or gradient.

    Parameters
    ----------
    name : str
        What the learner's function is called.
    reference : callable
        What gives the right values, such as ``relu.derivative``.
    minutes : int
        How long it takes.
    **options
        As for `implement`.

    Returns
    -------
    callable
        Turns a class into an `Exercise`.
    """
    return _function_exercise("derivative", name, reference, minutes, **options)


def repair(name: str, *, reference: Callable, minutes: int = 5, **options) -> Callable:
    """Ask for a repair of a function: `broken` in the class, which is also a known wrong answer.

    Parameters
    ----------
    name : str
        What the learner's function is called.
    reference : callable
        What gives the right values.
    minutes : int
        How long it takes.
    **options
        As for `implement`.

    Returns
    -------
    callable
        Turns a class into an `Exercise`.
    """
    return _function_exercise("repair", name, reference, minutes, **options)


def _source(f, name):
    """Return the source of a function in a class as the learner would write it."""
    source = textwrap.dedent(inspect.getsource(f)).rstrip()
    source = source[re.search(r"^def ", source, re.M).start() :]
    return source.replace(f"def {f.__name__}(", f"def {name}(", 1)


def _stub(f, name, keep_body):
    """Return the learner's cell: the head of a function, then the error that they replace."""
    source = _source(f, name)
    lines = source.splitlines()
    body = ast.parse(source).body[0].body
    documented = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    head = body[0].end_lineno if documented else body[0].lineno - 1
    if keep_body:
        return "\n".join(
            [
                *lines[:head],
                "    raise NotImplementedError  # repair what follows, then delete this line",
                *lines[head:],
            ]
        )
    return "\n".join([*lines[:head], "    raise NotImplementedError"])


# Exercises that ask for a number.


def predict(name: str, *, tolerance: float, minutes: int = 3, kind: str = "predict") -> Callable:
    """Ask for a number that can be worked out; the class has `solution`, `wrong` and perhaps `after`.

    Parameters
    ----------
    name : str
        What the learner's number is called.
    tolerance : float
        How far off is still right.
    minutes : int
        How long it takes.
    kind : str
        The kind of the exercise.

    Returns
    -------
    callable
        Turns a class into an `Exercise`. In the class, `solution()` returns the number, and `wrong` maps wrong
        numbers to what to say to whoever gives them.
    """

    def make(body):
        judge = NumberJudge(float(body.solution()), tolerance, body.wrong)
        return _number_exercise(body, kind, name, minutes, judge)

    return make


def picture(name: str, *, tolerance: float, minutes: int = 3) -> Callable:
    """Ask for a number that is read off a picture, which `show()` in the class returns.

    Parameters
    ----------
    name : str
        What the learner's number is called.
    tolerance : float
        How far off is still right.
    minutes : int
        How long it takes.

    Returns
    -------
    callable
        Turns a class into an `Exercise`; the rest of the class is as for `predict`.
    """
    return predict(name, tolerance=tolerance, minutes=minutes, kind="picture")


def tune(
    name: str, *, target: float, tolerance: float, goal: str, legal: tuple[float, float], minutes: int = 5
) -> Callable:
    """Ask for a number that makes something hit a target; the class has `measure`, `solution` and `wrong`.

    Parameters
    ----------
    name : str
        What the learner's number is called.
    target, tolerance : float
        What `measure` of the number should return, and how far off is still right.
    goal : str
        What `measure` returns, in words that follow "With 0.1, the".
    legal : tuple of float
        The smallest and the largest number that can be tried.
    minutes : int
        How long it takes.

    Returns
    -------
    callable
        Turns a class into an `Exercise`. In the class, `measure(number)` returns what the number achieves.
    """

    def make(body):
        judge = TuneJudge(body.measure, target, tolerance, goal, legal, body.wrong)
        return _number_exercise(body, "tune", name, minutes, judge)

    return make


def _number_exercise(body, kind, name, minutes, judge):
    lines = _source(body.solution, name).splitlines()[1:]
    source = re.sub(r"^return ", f"{name} = ", textwrap.dedent("\n".join(lines)), flags=re.M)
    return Exercise(
        id=body.__name__,
        kind=kind,
        **_prose(body),
        minutes=minutes,
        name=name,
        stub=f"{name} = ...  # a number",
        solution=float(body.solution()),
        solution_source=source,
        wrong={f"{number:g}": Wrong(number, message) for number, message in body.wrong.items()},
        judge=judge,
        show=getattr(body, "show", None),
        after=_after(body),
    )


# Exercises that ask for a choice.


def quiz(name: str, *, minutes: int = 2) -> Callable:
    """Ask for a choice; the class has `options` and `answer`.

    Parameters
    ----------
    name : str
        What the learner's choice is called.
    minutes : int
        How long it takes.

    Returns
    -------
    callable
        Turns a class into an `Exercise`. In the class, `options` maps each letter to its text and to what to
        say to whoever gets it wrong; `answer` is the right letter, or letters such as ``"ac"``.
    """

    def make(body):
        feedback = {letter: words for letter, (_, words) in body.options.items()}
        listed = "\n".join(f"- **({letter})** {text}" for letter, (text, _) in body.options.items())
        prose = _prose(body)
        prose["prompt"] += f"\n\n{listed}"
        several = len(body.answer) > 1
        if several:
            # Each wrong one beside the right ones, and the right ones without one.
            wrong = {body.answer + w: feedback[w] for w in feedback if w not in body.answer}
            wrong |= {body.answer.replace(w, ""): feedback[w] for w in body.answer}
        else:
            wrong = {w: words for w, words in feedback.items() if w != body.answer}
        example = '"ab" for (a) and (b)' if several else '"a"'
        return Exercise(
            id=body.__name__,
            kind="quiz",
            **prose,
            minutes=minutes,
            name=name,
            stub=f"{name} = ...  # such as {example}",
            solution=body.answer,
            solution_source=f'{name} = "{body.answer}"',
            wrong={w: Wrong(w, words) for w, words in wrong.items()},
            judge=QuizJudge(body.answer, feedback),
            after=_after(body),
        )

    return make


def _after(body):
    return textwrap.dedent(getattr(body, "after", "")).strip()


def _prose(body):
    """Title and prompt from the docstring, which starts with the title; hint and reason as they are."""
    title, _, prompt = inspect.cleandoc(body.__doc__).partition("\n\n")

    return {
        "title": title.rstrip("."),
        "prompt": prompt.strip(),
        "hint": inspect.cleandoc(body.hint),
        "why": inspect.cleandoc(getattr(body, "why", "")),
    }


def numbered(records: Sequence[Exercise]) -> dict[str, Exercise]:
    """Index records by id; two of one name are an error."""
    found = {}
    for record in records:
        if record.id in found:
            raise ValueError(f"two exercises are called {record.id!r}")
        found[record.id] = record
    return found

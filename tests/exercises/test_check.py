"""Nothing a learner hands in is accepted wrongly, ends the notebook or leaves a trace in it."""

import builtins
import ctypes
import itertools
import os
import random
import sys
import threading
import time
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from activations import relu
from activations.exercises import check, isolation, registry
from activations.exercises.functions import FunctionJudge
from activations.exercises.judging import Finding, NumberJudge, QuizJudge
from activations.exercises.record import Exercise, Wrong, implement, says

FUNCTIONS = [r for r in registry.values() if isinstance(r.judge, FunctionJudge)]
# One that tries many sorts of arrays, one that brings its own inputs.
ONE_OF_EACH = [registry["relu"], registry["prelu_weight"]]
NUMBERS = [r for r in registry.values() if not isinstance(r.judge, FunctionJudge | QuizJudge)]
CHOICES = [r for r in registry.values() if isinstance(r.judge, QuizJudge)]


def kind_of(value):
    """Name a test, the same in every process: a repr may hold an address."""
    return type(value).__name__


@pytest.fixture(params=["fork", "thread"])
def apart(request, monkeypatch):
    """Run answers in each of the two ways."""
    if request.param == "fork" and not hasattr(os, "fork"):
        pytest.skip("no fork on this system")
    monkeypatch.setattr(isolation, "FORK", request.param == "fork")
    return request.param


@pytest.fixture(autouse=True)
def no_trace():
    """See that nothing of this process has changed, whatever ran."""

    def state():
        return (
            np.geterr(),
            os._exit,
            os.abort,
            builtins.input,
            sys.stdout,
            sys.stderr,
            list(warnings.filters),
            os.getcwd(),
        )

    before = state()
    yield
    assert state() == before


# Answers to any exercise that asks for a function. Each is made from the right one: a check that looks away is caught.


class Liar(np.ndarray):
    """Says that it equals everything."""

    def __eq__(self, other):
        return np.ones(self.shape, bool)

    def __array__(self, dtype=None, copy=None):
        raise SystemExit

    def __array_ufunc__(self, *args, **kwargs):
        return np.True_

    def __array_function__(self, *args, **kwargs):
        return True


class Odd:
    """Claims to be any number or array that is looked for."""

    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self

    __eq__ = __lt__ = __gt__ = __le__ = __ge__ = lambda self, other: True
    __hash__ = None


class BadMessage(Exception):
    def __str__(self):
        raise KeyboardInterrupt


def raising(error):
    def make(right):
        def answer(*args, **kwargs):
            raise error

        return answer

    return make


def giving(change):
    """Give the right answer, changed."""

    def make(right):
        def answer(*args, **kwargs):
            return change(np.asarray(right(*args, **kwargs)))

        return answer

    return make


def doing(deed):
    """Do something besides, and give a wrong answer."""

    def make(right):
        def answer(*args, **kwargs):
            deed()
            return right(*args, **kwargs) + 1

        return answer

    return make


def in_place(right):
    def answer(x, *args, **kwargs):
        value = right(x, *args, **kwargs)
        x[...] = 7
        return value

    return answer


def generator(right):
    def answer(*args, **kwargs):
        yield right(*args, **kwargs)

    return answer


def endless(right):
    def answer(*args, **kwargs):
        return answer(*args, **kwargs)

    return answer


def nothing(right):
    def answer(*args, **kwargs):
        right(*args, **kwargs)

    return answer


def flips(right):
    """Right only every other time."""
    calls = itertools.count()

    def answer(*args, **kwargs):
        return right(*args, **kwargs) + next(calls) % 2

    return answer


def poke():
    np.maximum = np.minimum
    np.isclose = lambda *args, **kwargs: np.True_


HOSTILE = {
    "returns nothing": nothing,
    "list": giving(lambda y: np.atleast_1d(y).tolist()),
    "tuple": giving(lambda y: tuple(y)),
    "string": giving(str),
    "dictionary": giving(lambda y: {"value": y}),
    "True": giving(lambda y: True),
    "type": giving(type),
    "function": giving(lambda y: lambda: y),
    "not implemented": giving(lambda y: NotImplemented),
    "generator": generator,
    "matrix": giving(lambda y: np.asmatrix(np.atleast_2d(y))),
    "masked": giving(np.ma.masked_invalid),
    "liar": giving(lambda y: (y * 0).view(Liar)),
    "odd": giving(lambda y: Odd()),
    "one axis more": giving(lambda y: y[None]),
    "one less": giving(lambda y: y.ravel()[:-1]),
    "single number": giving(lambda y: float(y.sum()) + 1),  # the sum may be what is asked
    "constant": giving(lambda y: np.full(y.shape, 0.5, y.dtype)),
    "complex": giving(lambda y: y + 0j),
    "objects": giving(lambda y: y.astype(object)),
    "texts": giving(lambda y: y.astype(str)),
    "truth values": giving(lambda y: y.astype(bool)),
    "integers": giving(lambda y: y.astype(np.int64)),
    "nan": giving(lambda y: y * np.nan),
    "infinity": giving(lambda y: y + np.inf),
    "negated": giving(lambda y: -y),
    "a hair off": giving(lambda y: y * (1 + 1e-6)),
    "changes its input": in_place,
    "flips": flips,
    "raises": raising(ValueError("a\nlong\nstory " * 100)),
    "raises an address": raising(ValueError(object())),
    "raises badly": raising(BadMessage()),
    "keyboard interrupt": raising(KeyboardInterrupt()),
    "system exit": raising(SystemExit(0)),
    "generator exit": raising(GeneratorExit()),
    "warning": raising(RuntimeWarning("overflow")),
    "bare base exception": raising(BaseException("base")),
    "memory": raising(MemoryError()),
    "recursion": endless,
    "sys.exit": doing(sys.exit),
    "os._exit": doing(lambda: os._exit(0)),
    "os.abort": doing(lambda: os.abort()),
    "input": doing(input),
    "np.seterr": doing(lambda: np.seterr(all="ignore")),
    "np.seterr raise": doing(lambda: np.seterr(all="raise")),
    "filters": doing(lambda: warnings.simplefilter("ignore")),
    "prints": doing(lambda: print("x" * 100_000)),
    "prints to stderr": doing(lambda: print("x" * 100_000, file=sys.stderr)),
    "closes stdout": doing(lambda: setattr(sys, "stdout", None)),
}
# What only a process of its own survives.
DEADLY = {
    "segmentation fault": doing(lambda: ctypes.string_at(0)),
    "kills itself": doing(lambda: os.kill(os.getpid(), 9)),
    "fills the memory": doing(lambda: [bytearray(10**8) for _ in range(1000)]),
    "pokes into numpy": doing(poke),
    "changes folder": doing(lambda: os.chdir("/")),
}


def assert_refused(record, name, capfd):
    verdict = check(record.id, HOSTILE[name](record.solution))
    assert verdict.status == "wrong", (record, verdict.message)
    assert " at 0x" not in verdict.message
    printed = capfd.readouterr()
    assert printed.out == verdict.message + "\n"  # and nothing of what the answer printed
    assert printed.err == ""
    assert len(printed.out) < 1000


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_functions_are_not_accepted(name, capfd):
    for record in FUNCTIONS:
        assert_refused(record, name, capfd)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("record", ONE_OF_EACH, ids=lambda r: r.id)
def test_hostile_functions_are_not_accepted_either_way(record, name, apart, capfd):
    assert_refused(record, name, capfd)


@pytest.mark.skipif(not isolation.FORK, reason="needs a process of its own")
@pytest.mark.parametrize("name", DEADLY)
def test_deadly_functions_are_not_accepted(name):
    verdict = check("relu", DEADLY[name](registry["relu"].solution))
    assert verdict.status == "wrong", verdict.message


def loops(*args, **kwargs):
    while True:
        pass


def loops_and_catches(*args, **kwargs):
    while True:
        try:
            time.sleep(0.001)
        except BaseException:
            pass


def loops_printing(*args, **kwargs):
    while True:
        print("x")


def sleeps(*args, **kwargs):
    time.sleep(3)


def loops_in_c(*args, **kwargs):
    return sum(itertools.repeat(1))


@pytest.mark.parametrize(
    "answer", [loops, loops_and_catches, loops_printing, sleeps], ids=lambda f: f.__name__
)
def test_endless_functions_are_stopped(answer, apart, capsys):
    start = time.monotonic()
    verdict = check("relu", answer, seconds=0.3)
    assert time.monotonic() - start < 3
    assert verdict.status == "wrong"
    assert "had not finished after 0.3 seconds" in verdict.message
    assert capsys.readouterr().out == verdict.message + "\n"


@pytest.mark.skipif(not isolation.FORK, reason="needs a process of its own")
def test_a_loop_inside_c_is_stopped():
    assert "had not finished" in check("relu", loops_in_c, seconds=0.3).message


def test_a_thread_that_loops_is_ended(monkeypatch):
    monkeypatch.setattr(isolation, "FORK", False)
    before = threading.active_count()
    check("relu", loops, seconds=0.2)
    assert threading.active_count() == before


def test_no_process_is_left():
    if not isolation.FORK:
        pytest.skip("no processes here")
    check("relu", loops, seconds=0.2)
    check("relu", np.abs)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_an_interrupted_check_says_so(monkeypatch):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("activations.exercises.functions.isolated", interrupted)
    verdict = check("relu", np.abs)
    assert (verdict.status, verdict.message) == ("error", "relu: the check was interrupted.")


def test_exit_of_ipython_is_caught(apart):
    asked = []
    space = {"exit": lambda: asked.append("shut the kernel down"), "np": np}
    exec("def answer(x):\n    exit()\n    return np.maximum(x, 0)", space)
    mine = space["exit"]
    verdict = check("relu", space["answer"])
    assert "tries to end Python" in verdict.message
    assert not asked and space["exit"] is mine


# What is handed in instead of a function.


@pytest.mark.parametrize(
    "attempt",
    [0, 1.5, "relu", b"relu", [1, 2], np.zeros(3), {}, Odd, Odd(), type, int, print, len, np.maximum, relu, np.abs,
     relu.derivative, relu.vjp, lambda: 1, lambda x, y: x, np.ma.masked, Exception(), True],
    ids=kind_of
)  # fmt: skip
@pytest.mark.parametrize("record", FUNCTIONS, ids=lambda r: r.id)
def test_other_things_are_not_accepted(record, attempt):
    assert check(record.id, attempt).status == "wrong"


@pytest.mark.parametrize("attempt", [None, ..., NotImplemented], ids=kind_of)
@pytest.mark.parametrize("exercise_id", registry)
def test_nothing_is_not_an_attempt(exercise_id, attempt):
    assert check(exercise_id, attempt).status == "todo"


@pytest.mark.parametrize(
    "attempt",
    ["a", "", "0.5", b"1", np.nan, np.inf, -np.inf, 10**400, -(10**400), 1e300, 1 + 0j, np.complex128(1), [0.5], (0.4,),
     np.array([0.4]), np.array("x"), np.array(None), np.ma.masked, True, False, np.True_, Odd(), Odd, abs, print,
     lambda: 0.5, {0.5}, Decimal("0.5"), Fraction(1, 2), object(), np.datetime64("2020"), np.timedelta64(1, "s")],
    ids=kind_of
)  # fmt: skip
@pytest.mark.parametrize("record", NUMBERS, ids=lambda r: r.id)
def test_hostile_numbers_are_not_accepted(record, attempt):
    verdict = check(record.id, attempt)
    assert verdict.status == "wrong", verdict.message
    assert " at 0x" not in verdict.message


@pytest.mark.parametrize("kind", [float, np.float64, np.float32, np.array], ids=lambda k: k.__name__)
@pytest.mark.parametrize("record", NUMBERS, ids=lambda r: r.id)
def test_numbers_of_every_make_are_accepted(record, kind):
    assert check(record.id, kind(record.solution)).status == "correct"


@pytest.mark.parametrize(
    "attempt", [0, 1.5, ["c"], "z", "abcd", "cc!", b"c", Odd(), True, print, {"c"}], ids=kind_of
)
@pytest.mark.parametrize("record", CHOICES, ids=lambda r: r.id)
def test_hostile_choices_are_not_accepted(record, attempt):
    assert check(record.id, attempt).status == "wrong"


# The name of the exercise.


@pytest.mark.parametrize(
    "name", [None, 3, ["relu"], Odd(), np.abs, b"relu", "", "x" * 10_000, "relu "], ids=kind_of
)
def test_unknown_exercise(name, capsys):
    verdict = check(name, np.abs)
    assert verdict.status == "error"
    assert capsys.readouterr().out == verdict.message + "\n"
    assert len(verdict.message) < 2000


def test_unknown_exercise_names_close_ones():
    assert check("reluu").message.startswith("There is no exercise 'reluu'. Did you mean 'relu'")


def test_swapped_arguments():
    assert check(np.abs, "relu").message == 'Which exercise? the name comes first: check("relu", …).'


# What is said, for each way to be wrong, on one function that has them all.


def judge(**options):
    @implement(
        "mine",
        reference=lambda x, alpha=2.0: np.where(x > 0, x, alpha * np.tanh(x)),
        joints=(0.0,),
        **options,
    )
    class bent:
        """Bent.

        For tests.
        """

        hint = "None."

        def solution(x, alpha=2.0):
            return np.where(x > 0, x, alpha * np.tanh(x))

        wrong_1 = wrong_2 = wrong_3 = says("")(lambda x, alpha=2.0: x)

    return bent.judge


def tanh_list(x, alpha=2.0):
    return [v if v > 0 else alpha * np.tanh(v) for v in x]


def integer_buffer(x, alpha=2.0):
    out = np.zeros_like(x)
    out[x > 0] = x[x > 0]
    out[x <= 0] = alpha * np.tanh(x[x <= 0])
    return out


def at_kink(x, alpha=2.0):
    return np.where(x > 0, x, alpha * np.tanh(x)) + (x == 0)


def third_line(x, alpha=2.0):
    half = x / 2
    return half / int("zero")


def overflowing(x, alpha=2.0):
    up, down = np.exp(x), np.exp(-x)
    return np.where(x > 0, x, alpha * np.where(x < -20, -1.0, (up - down) / (up + down)))


right = judge().reference

WORDS = [
    (lambda x, alpha=2.0: print(x), "It returns None. Is a return missing?"),
    (tanh_list, "It returns a list; a plain NumPy array of numbers is asked."),
    (lambda x, alpha=2.0: right(x)[:-1], "It returns shape (16,); shape (17,) is asked, for x of shape (17,)."),
    (lambda x, alpha=2.0: right(x).sum(), "It returns a single number; shape (17,) is asked"),
    (lambda x, alpha=2.0: right(x) + 0j, "It returns complex numbers; real ones are asked."),
    (lambda x, alpha=2.0: right(x).astype(np.float32), "It returns float32 where the input is float64"),
    (lambda x, alpha=2.0: right(x) > 0, "It returns True and False; numbers are asked."),
    (lambda x, alpha=2.0: np.ma.array(right(x)), "It returns a numpy MaskedArray; a plain NumPy array"),
    (lambda x, alpha=2.0: (v for v in x), "It returns a generator, which has computed nothing yet"),
    (lambda x, alpha=2.0: -right(x, alpha), "The sign is wrong everywhere."),
    (lambda x, alpha=2.0: 3 * right(x, alpha), "All values are 3 times what they should be."),
    (lambda x, alpha=2.0: right(x, alpha) - 0.5, "All values are 0.5 too small."),
    (lambda x, alpha=2.0: np.full_like(x, 4), "It returns the same value for every input."),
    (lambda x, alpha=2.0: right(x), "With alpha = 0.5: The result does not depend on alpha."),
    (lambda x: right(x), "It cannot be called as mine(x, alpha=2.0): got an unexpected keyword argument 'alpha'."),
    (lambda x, alpha=2.0: np.where(x > 0, x, 0), "Right for x > 0, wrong to the left of it."),
    (lambda x, alpha=2.0: np.where(x > 0, 0, right(x)), "Right for x < 0, wrong to the right of it."),
    (at_kink, "Right everywhere but at the kink, x = 0.\n  for x = 0\n  your value: 1\n  expected:   0"),
    (lambda x, alpha=2.0: right(x, alpha) * x / x, "It gives nan where there is a value (NumPy warns: invalid value"),
    (lambda x, alpha=2.0: x if x > 0 else alpha * np.tanh(x), "It works for single numbers only; for an array"),
    (integer_buffer, "For integer input, with alpha = 0.5: Fractions are cut off."),
    (overflowing, "For inputs far from 0, with alpha = 0.5: The values are right, but NumPy warns: overflow"),
    (third_line, "It raises ValueError: invalid literal for int() with base 10: 'zero', in its line 3: return half"),
    (lambda x, alpha=2.0: right(x, alpha) * np.where(np.abs(x) < 2, 2, 1), "Some values are wrong."),
    (lambda x, alpha=2.0: np.cos(x) + 9, "The values are wrong."),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "words"), WORDS, ids=[words[:40] for _, words in WORDS])
def test_words(answer, words, apart):
    finding = judge(params=[{"alpha": 0.5}])(answer, 5)
    assert finding.status == "wrong"
    assert finding.text.startswith(words)


def test_input_changed_and_nothing_returned():
    def answer(x, alpha=2.0):
        x *= 2

    assert judge()(answer, 5).text == "It returns None. Is a return missing? It also changes its input."


def test_unfinished_later_is_wrong():
    def answer(x, alpha=2.0):
        if alpha != 2:
            raise NotImplementedError
        return right(x, alpha)

    assert judge(params=[{"alpha": 0.5}])(answer, 5).text.startswith(
        "With alpha = 0.5: It raises NotImplementedError"
    )


def test_special_values():
    def answer(x, alpha=2.0):
        return np.where(np.isnan(x), 0, right(x, alpha))

    assert judge()(answer, 5).status == "correct"
    assert judge(special=True)(answer, 5).text.startswith("For infinities and NaN: ")
    assert judge(special=True)(right, 5).status == "correct"


def test_within():
    def answer(x, alpha=2.0):
        assert abs(x).max(initial=0) <= 2
        return right(x, alpha)

    assert judge(within=(-2, 2))(answer, 5).status == "correct"
    assert judge()(answer, 5).status == "wrong"


def test_keeps_dtype():
    def answer(x, alpha=2.0):
        return right(x.astype(np.float64), alpha)

    assert judge(keeps_dtype=False)(answer, 5).status == "correct"
    assert judge()(answer, 5).text.startswith("For float32 input: It returns float64")


def test_first_wrong_input_is_shown_with_enough_digits():
    text = judge()(lambda x, alpha=2.0: right(x, alpha) + 1e-8 * (x > 2), 5).text
    assert "for x = 3\n  your value: 3.00000001\n  expected:   3" in text


def test_random_answers_do_not_make_the_message_random():
    def answer(x, alpha=2.0):
        raise ValueError(f"at {object()}")

    messages = {judge()(answer, 5).text for _ in range(3)}
    assert len(messages) == 1
    assert random.getstate() is not None


NUMBER = NumberJudge(0.2, 0.01, {0.8: "That is the rest."})


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (0.8, "That is the rest."),
        (-0.2, "-0.2 is the right size with the wrong sign."),
        (20, "20 is right in per cent"),
        (5, "5 is one over the right number"),
        (0.25, "0.25 is too large."),
        (0, "0 is too small."),
        ("0.2", "A number is asked, and this is a str. Set the name to the number itself, without quotes."),
        (np.nan, "A finite number is asked, and this is nan."),
    ],
)
def test_words_for_numbers(answer, words):
    finding = NUMBER(answer, 5)
    assert finding.status == "wrong"
    assert finding.text.startswith(words)


@pytest.mark.parametrize("answer", [0.2, 0.19, 0.21, np.float32(0.2)])
def test_numbers_within_the_tolerance(answer):
    assert NUMBER(answer, 5) == Finding("correct")


SEVERAL = QuizJudge("ac", {"a": "Is so.", "b": "Is not so.", "c": "Is so too."})


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        ("ac", "correct", ""),
        ("c, A", "correct", ""),
        ("abc", "wrong", "(b) Is not so."),
        ("a", "wrong", "Right so far, but not all. (c) Is so too."),
        ("d", "wrong", "'d' is not among the choices \"a\", \"b\", \"c\"."),
        (" ", "todo", ""),
        (1, "wrong", 'Answer with a letter in quotes, one of "a", "b", "c"; this is an int.'),
    ],
)  # fmt: skip
def test_words_for_choices(answer, status, words):
    assert SEVERAL(answer, 5) == Finding(status, words)


def test_one_choice_only():
    assert QuizJudge("a", {"a": "", "b": "No."})("ab", 5).text == "Choose one."


# The record refuses what would be half an exercise.


def test_too_few_wrong_answers():
    record = registry["relu"]
    fields = {name: getattr(record, name) for name in Exercise.__dataclass_fields__}
    with pytest.raises(ValueError, match="at least 3 known wrong answers, got 1"):
        Exercise(**{**fields, "wrong": {"one": Wrong(1, "")}})
    with pytest.raises(ValueError, match="a title, a prompt and a hint"):
        Exercise(**{**fields, "hint": ""})

"""Every exercise: the stub is not attempted, the solution is right, every known wrong answer gets its own message."""

from functools import cache

import numpy as np
import pytest

from activations.exercises import CHAPTERS, check, hint, of_chapter, registry, show, solution
from activations.exercises.functions import FunctionJudge

KINDS = {"implement", "derivative", "repair", "predict", "tune", "picture", "quiz"}

every_exercise = pytest.mark.parametrize("record", registry.values(), ids=registry)
every_wrong = pytest.mark.parametrize(
    ("record", "name"),
    [pytest.param(r, name, id=f"{r.id}-{name}") for r in registry.values() for name in r.wrong],
)


def run(source, name):
    """Run a learner's cell and return what it defines, as the notebook would."""
    space = {"np": np}
    exec(source, space)
    return space[name]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_has_enough_of_enough_kinds(chapter):
    records = of_chapter(chapter)
    assert len(records) >= 6
    assert len({record.kind for record in records}) >= 4


def test_registry_holds_every_chapter_in_order():
    assert list(registry) == [record.id for chapter in CHAPTERS for record in of_chapter(chapter)]


@every_exercise
def test_record(record):
    assert record.kind in KINDS
    assert record.minutes > 0
    assert record.name.isidentifier()
    assert len(record.wrong) >= 3
    assert repr(record) == f"<Exercise {record.id}: {record.kind}>"


@every_exercise
def test_stub_is_not_attempted(record):
    verdict = check(record.id, run(record.stub, record.name))
    assert (verdict.status, verdict.picture) == ("todo", None)
    assert verdict.message == f"{record.id}: not attempted yet."


@every_exercise
def test_solution_is_correct(record):
    verdict = check(record.id, record.solution)
    assert verdict.status == "correct", verdict.message


@every_exercise
def test_the_solution_shown_is_correct(record):
    verdict = check(record.id, run(record.solution_source, record.name))
    assert verdict.status == "correct", verdict.message


@every_exercise
def test_reference_is_not_the_solution(record):
    if isinstance(record.judge, FunctionJudge):
        assert record.judge.reference is not record.solution


@cache
def verdicts(exercise_id):
    """Check every known wrong answer, once for all tests."""
    return {name: check(exercise_id, wrong.attempt) for name, wrong in registry[exercise_id].wrong.items()}


@every_wrong
def test_wrong_answer_gets_its_message(record, name):
    verdict = verdicts(record.id)[name]
    assert verdict.status == "wrong"
    assert record.wrong[name].message in verdict.message


@every_exercise
def test_messages_differ_from_each_other_and_never_between_runs(record):
    messages = {name: verdict.message for name, verdict in verdicts(record.id).items()}
    assert len(set(messages.values())) == len(messages)
    for name, message in messages.items():
        assert check(record.id, record.wrong[name].attempt).message == message


@every_exercise
def test_wrong_values_are_drawn_and_numbers_are_not(record):
    pictures = [verdict.picture for verdict in verdicts(record.id).values() if verdict.picture is not None]
    drawable = isinstance(record.judge, FunctionJudge) and record.judge.inputs is None
    assert bool(pictures) == drawable
    for picture in pictures:
        assert repr(picture).startswith(f"<picture: {record.name} (dashed) and what is expected (solid)")


@every_exercise
def test_hint_and_solution_unfold(record):
    for folded, text in ((hint(record.id), record.hint), (solution(record.id), record.solution_source)):
        assert text in str(folded)
        assert text not in repr(folded)  # a stored notebook does not give it away
        assert folded._repr_html_().startswith("<details")
        assert "$" not in folded._repr_html_()


@every_exercise
def test_show(record):
    if record.show is None:
        with pytest.raises(ValueError, match="has no picture"):
            show(record.id)
    else:
        assert repr(show(record.id)).startswith("<picture: ")

"""The public surface: what can be imported, what is documented and how, and what importing does not do."""

import ast
import doctest
import importlib
import importlib.util
import inspect
import pkgutil
import subprocess
import sys
import types
from graphlib import TopologicalSorter

import pytest
from numpydoc import validate
from records import RECORDS, by_name

import activations
from activations.core import Activation, VectorActivation

MODULES = [
    "activations",
    *(found.name for found in pkgutil.walk_packages(activations.__path__, "activations.")),
]
OFFERED = [
    module for module in MODULES if module.count(".") == 1
]  # what is deeper down is offered one level up

# Lower layers know nothing of higher ones. Families are one layer; so are the tools that work with any record.
FAMILIES = tuple(activations.catalogue.families)
LAYERS = [
    ("core", "numerics"),
    FAMILIES,
    ("catalogue",),
    ("data", "initialisers", "losses", "network", "plotting", "tables"),
    ("exercises", "explore"),
    ("activations",),
]


def test_the_public_names_are_sorted_and_all_there_is():
    assert activations.__all__ == sorted(activations.__all__)
    others = {
        name
        for name, value in vars(activations).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert others == set(activations.__all__)


def test_every_function_is_public_under_all_its_names():
    for record in RECORDS:
        for name in (record.name, *record.aliases):
            # Some families are called like one of their functions: the function wins, whenever it is imported.
            importlib.import_module(f"activations.{record.family}")
            assert getattr(activations, name) is record
            assert name in activations.__all__


@pytest.mark.parametrize("module", OFFERED)
def test_modules_say_what_they_offer(module):
    module = importlib.import_module(module)
    assert module.__doc__ and module.__doc__.strip().endswith(".")
    assert list(module.__all__) == sorted(module.__all__)
    assert all(hasattr(module, name) for name in module.__all__)


def public_objects():
    """Everything with a docstring that a reader may call, by its dotted name."""
    for module_name in OFFERED:
        module = importlib.import_module(module_name)
        for name in module.__all__:
            thing = getattr(module, name)
            if isinstance(thing, Activation | VectorActivation) and thing.name != name:
                continue  # an alias
            if callable(thing):
                yield f"{module_name}.{name}", thing
            if inspect.isclass(thing):
                for method, value in vars(thing).items():
                    if not method.startswith("_") and (
                        inspect.isfunction(value) or isinstance(value, property)
                    ):
                        yield f"{module_name}.{name}.{method}", value


OBJECTS = dict(public_objects())
every_object = pytest.mark.parametrize("name", OBJECTS)

# All checks of numpydoc, but for these:
UNCHECKED = {
    "GL01": "a one-line summary starts beside the quotes",
    "SA01": "the book cross-references, docstrings stay short",
    "ES01": "a summary that says all needs no extension",
    "EX01": "see test_functions_have_an_example",
    "PR03": "parameters that belong together are described together, and most are keywords",
    "RT02": "two results are named",
}
# A method may do with one line, if that says all.
IN_ONE_LINE = {"PR01", "RT01", "EX01"}


@every_object
def test_docstrings_are_valid(name):
    unchecked = set(UNCHECKED)
    if name.count(".") == 3 and "\n" not in OBJECTS[name].__doc__:
        unchecked |= IN_ONE_LINE
    errors = validate.validate(name)["errors"]
    assert [f"{code}: {text}" for code, text in errors if code not in unchecked] == []


@by_name()
def test_functions_have_an_example(record):
    assert doctest.DocTestParser().get_examples(record.__doc__)


def doctests():
    finder = doctest.DocTestFinder(exclude_empty=True)
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        for test in finder.find(module, module_name):
            yield test.name, test
    for record in RECORDS:  # no classes nor functions, so the finder passes them by
        namespace = vars(importlib.import_module(record.__module__))
        for test in finder.find(record, record.name, globs=namespace, module=False):
            yield f"{record.family}.{test.name}", test


DOCTESTS = {name: test for name, test in doctests() if test.examples}


@pytest.mark.parametrize("name", DOCTESTS)
def test_examples_print_what_they_say(name):
    report = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(DOCTESTS[name], out=report.append, clear_globs=False)
    assert runner.failures == 0, "".join(report)


# Imports.


def layer(module):
    top = module.removeprefix("activations").lstrip(".").partition(".")[0] or "activations"
    return next(i for i, names in enumerate(LAYERS) if top in names)


def imported_by(module):
    """The modules of the package that a module imports, wherever in its code."""
    source = importlib.util.find_spec(module).origin
    with open(source, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("activations"))
        elif isinstance(node, ast.ImportFrom) and (node.level or node.module.startswith("activations")):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), parent_of(module))
            names = [f"{base}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else base for name in names)


def parent_of(module):
    return importlib.util.find_spec(module).parent


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_one_way(module):
    imported = set(imported_by(module))
    if module.startswith("activations.exercises."):
        imported.discard("activations")  # solutions are written as a learner would write them
    assert {name for name in imported if layer(name) > layer(module)} == set()


def test_imports_run_in_no_circle():
    graph = {module: set(imported_by(module)) - {module, "activations"} for module in MODULES}
    assert any(graph.values())
    list(TopologicalSorter(graph).static_order())  # raises CycleError


SILENCE = """
import locale, sys
import matplotlib, numpy as np

def settings():
    # dict.items, since reading the backend off rcParams would itself import pyplot
    return [
        dict(dict.items(matplotlib.rcParams)), np.geterr(), np.get_printoptions(), str(np.random.get_state()),
        sys.path.copy(), locale.setlocale(locale.LC_ALL),
    ]

before = settings()
import activations
assert before == settings()
slow = {"matplotlib.pyplot", "torch", "jax", "keras", "sklearn", "pandas", "ipywidgets", "mpmath"} & set(sys.modules)
assert not slow, slow
"""


def test_importing_changes_nothing_and_prints_nothing():
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", SILENCE], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")

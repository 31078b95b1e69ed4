"""Our functions against the frameworks': tests made from what each record says of its spelling there.

The others are not exact everywhere. Where one of them is further from mpmath than the tolerance, only we are held to
it (in test_accuracy); that must stay the exception, or its reason stand in INEXACT.
"""

import inspect

import frameworks
import numpy as np
import oracle
import pytest
from records import RECORDS, cases

from activations.core import Activation

TOLERANCE = {"torch": 1e-9, "keras": 1e-9, "jax": 1e-9, "onnx": 2e-7}  # ONNX attributes are float32
INEXACT = {
    ("torch.nn.functional.hardsigmoid", "derivative"): "one sixth is the float32 constant 0.1666666716",
    ("Gelu", "value"): "the reference evaluator takes the error function in float32",
    (
        "keras.ops.sparsemax",
        "value",
    ): "the threshold is wrong where more than one entry stays (Keras issue 23425)",
}
NO_GRADIENT = {"torch.heaviside"}

SPELLINGS = [
    pytest.param(record, framework, id=f"{record.name}-{framework}")
    for record in RECORDS
    for framework in record.frameworks
]
spelled = pytest.mark.parametrize(("record", "framework"), SPELLINGS)
spelled_in_torch = pytest.mark.parametrize(
    "record", [record for record in RECORDS if "torch" in record.frameworks], ids=lambda record: record.name
)


def inputs(record):
    random = np.random.default_rng(4)
    if isinstance(record, Activation):
        return np.concatenate([random.uniform(-6, 6, 400), np.linspace(-8, 8, 129)])
    return random.normal(scale=3, size=(2, 4, 3, 6))


def comparable(record, framework):
    """Yield each setting of our parameters and the arguments it means there, if it exists there."""
    spelling = record.frameworks[framework]
    known = {k: p.default for k, p in record.params.items() if exists(spelling, k, p)}
    fixed = {k: v for k, v in spelling.defaults.items() if k not in known}
    for params in cases(record):
        arguments = frameworks.translate(framework, spelling, known | params)
        if arguments is not None:
            yield fixed | params, arguments


def exists(spelling, name, param):
    return param.bounds is not None and spelling.names.get(name, name) is not None


def compare(record, kind, framework, params, ours, theirs, x):
    """Assert that both are equal wherever theirs is right; return whether it is nearly everywhere."""
    tolerance = TOLERANCE[framework]
    assert theirs.shape == ours.shape and theirs.dtype == ours.dtype
    if not isinstance(record, Activation):
        return np.allclose(ours, theirs, rtol=tolerance, atol=1e-14)
    exact = oracle.reference(record.name, kind, x, record.bind(**params)).high
    right = np.abs(theirs - exact) <= tolerance / 2 * np.abs(exact)
    if kind == "derivative":
        right |= beside_joint(record, params, x)
    np.testing.assert_allclose(ours[right], theirs[right], rtol=tolerance)
    return right.mean() > 0.8


def beside_joint(record, params, x):
    joints = np.array([*record.joints(**params), np.inf])
    return np.min(np.abs(x[:, None] - joints), axis=1) < 1e-6


@spelled
def test_value(record, framework):
    spelling, x = record.frameworks[framework], inputs(record)
    agrees = []
    for params, arguments in comparable(record, framework):
        theirs = frameworks.call(framework, spelling, x, arguments)
        agrees.append(compare(record, "value", framework, params, record(x, **params), theirs, x))
    assert agrees, "no setting of the parameters exists there"
    assert all(agrees) == ((spelling.call, "value") not in INEXACT)


@spelled_in_torch
def test_gradient(record):
    spelling, x = record.frameworks["torch"], inputs(record)
    # At the joints too, if the docstring says that the convention is PyTorch's.
    notes = record.__doc__.partition("Notes")[2].partition("References")[0]
    agrees = []
    for params, arguments in comparable(record, "torch"):
        g = np.random.default_rng(8).normal(size=np.shape(record(x, **params)))
        if spelling.call in NO_GRADIENT:
            with pytest.raises(RuntimeError):
                frameworks.torch_gradient(spelling, x, g, arguments)
            return
        if isinstance(record, Activation):
            g, kind, ours = np.ones_like(g), "derivative", record.derivative(x, **params)
            keep = ~beside_joint(record, params, x) | ("as in PyTorch" in notes)
        else:
            kind, ours, keep = "vjp", record.vjp(x, g, **params), ...
        theirs = frameworks.torch_gradient(spelling, x, g, arguments)
        agrees.append(compare(record, kind, "torch", params, ours[keep], theirs[keep], x[keep]))
    assert all(agrees) == ((spelling.call, kind) not in INEXACT)


DEFAULTS = [
    pytest.param(record, framework, name, id=f"{record.name}-{framework}-{name}")
    for record in RECORDS
    for framework, spelling in record.frameworks.items()
    for name, param in record.params.items()
    if exists(spelling, name, param)
]


@pytest.mark.parametrize(("record", "framework", "name"), DEFAULTS)
def test_default(record, framework, name):
    """Leaving a parameter out has the effect that the record says."""
    spelling, x = record.frameworks[framework], inputs(record)
    known = {k: p.default for k, p in record.params.items() if exists(spelling, k, p) and k != name}

    def theirs(**given):
        translated = frameworks.translate(framework, spelling, known | given)
        return frameworks.call(framework, spelling, x, translated)

    try:
        without = theirs()
    except TypeError:
        assert name not in spelling.defaults
        assert "given" in spelling.note or "input" in spelling.note, (
            "that it has no default there must be said"
        )
        return
    claimed = frameworks.default(framework, spelling, name, record.params[name].default)
    np.testing.assert_array_equal(without, theirs(**{name: claimed}))
    changed = theirs(**{name: another(record, name, claimed)})
    assert not np.array_equal(without, changed), "the parameter has no effect"


def another(record, name, value):
    """A legal value of a parameter that is not this one."""
    param = record.params[name]
    if isinstance(param.bounds, tuple):
        return next(v for v in param.bounds if v not in (value, "sigmoid"))
    if param.integer:
        return -1 if value is None else -3  # PyTorch's None stands for one of the first two axes
    return next(params[name] for params in cases(record) if params.get(name, value) != value)


@spelled
def test_their_arguments_are_called_so(record, framework):
    spelling = record.frameworks[framework]
    try:
        theirs = set(inspect.signature(frameworks.find(spelling.call)).parameters)
    except (ValueError, ImportError):
        return  # a builtin or an operator: test_value has called it by these names
    named = {spelling.names.get(k, k) for k, p in record.params.items() if exists(spelling, k, p)}
    assert named | set(spelling.extra) <= theirs or inspect.isclass(frameworks.find(spelling.call))

"""ONNX's own backend tests for every operator that a record names, at a hundredth of ONNX's tolerance.

The cases come out of the onnx package, which builds them in memory. Its loader builds all 1900 of them; we import only
the modules of our operators, which takes a second instead of ten.
"""

import importlib
import warnings

import numpy as np
import onnx
import pytest
from records import RECORDS

from activations import catalogue

RTOL, ATOL = 1e-5, 1e-7  # ONNX itself: 1e-3, 1e-7

# What ONNX defines and we, on purpose, do not.
LEFT_OUT = {
    "test_celu_bfloat16": "NumPy has no bfloat16",
    "test_clip_min_greater_than_max": "refused: min_val must be below max_val",
    "test_identity_sequence": "of a list of tensors",
    "test_identity_opt": "of an optional tensor",
}


def build_cases():
    """The node tests of each operator: the name, the node, the inputs and the expected outputs."""
    node_tests = importlib.import_module("onnx.backend.test.case.node")
    operators = {r.frameworks["onnx"].call for r in RECORDS if "onnx" in r.frameworks}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs, on building
        for operator in sorted(operators):
            spelled = {operator.lower(), operator.replace("Reduce", "reduce_log_sum_exp")[:18]}
            for name in spelled:
                if importlib.util.find_spec(f"onnx.backend.test.case.node.{name}"):
                    importlib.import_module(f"onnx.backend.test.case.node.{name}")
    for case in node_tests._NodeTestCases:
        nodes = case.model.graph.node
        # An "_expanded" case has the same data and spells the operator out in simpler ones.
        if len(nodes) == 1 and nodes[0].op_type in operators and not case.name.endswith("_expanded"):
            yield case


CASES = {case.name: case for case in build_cases()}


def attributes(node):
    found = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    return {k: v.decode() if isinstance(v, bytes) else v for k, v in found.items()}


def by_position(node, inputs):
    """The inputs by the names that the operator's schema gives them."""
    schema = onnx.defs.get_schema(node.op_type)
    rest = iter(inputs)
    return {entry.name: next(rest) for entry, name in zip(schema.inputs, node.input, strict=False) if name}


def defaults(operator, given):
    """The attributes, those that are not given at ONNX's defaults."""
    schema = onnx.defs.get_schema(operator)
    kept = {k: onnx.helper.get_attribute_value(a.default_value) for k, a in schema.attributes.items()}
    kept = {k: v.decode() if isinstance(v, bytes) else v for k, v in kept.items() if v is not None}
    return kept | given


def usual(name):
    """Call a record with attributes and further inputs translated as its `frameworks` field says."""

    def function(x, given):
        record = catalogue[name]
        spelling = record.frameworks["onnx"]
        params = {
            k: given[spelling.names.get(k, k)] for k in record.params if spelling.names.get(k, k) in given
        }
        return record(x, **params)

    return function


def clip(x, given):
    edge = float(np.finfo(np.float32).max)  # without a limit
    low, high = (given.get(k, v) for k, v in (("min", -edge), ("max", edge)))
    return catalogue["hard_tanh"](x, min_val=low, max_val=high)


def prelu(x, given):
    slope = given["slope"].reshape((1,) * (x.ndim - given["slope"].ndim) + given["slope"].shape)
    return catalogue["prelu"](x, weight=slope)


def selu(x, given):
    """With other constants than the usual it is a scaled ELU."""
    alpha, scale = given["alpha"], given["gamma"]
    ours = catalogue["selu"](x)
    return ours if scale == np.float32(1.0507009873554805) else scale * catalogue["elu"](x, alpha=alpha)


def shrink(x, given):
    name = "soft_shrink" if given["bias"] else "hard_shrink"
    assert given["bias"] in (0, given["lambd"])
    return catalogue[name](x, lambd=given["lambd"])


def swiglu(x, given):
    """ONNX's first input is the gate, and its gate has a steepness."""
    if given["alpha"] != 1:
        return given["B"] * catalogue["silu"](x, beta=given["alpha"])
    return catalogue["swiglu"](np.concatenate([given["B"], x], axis=-1))


def reduce_log_sum_exp(x, given):
    axes = [int(a) for a in given.get("axes", ())] or range(x.ndim)
    for axis in sorted(axes, reverse=True):
        y = catalogue["logsumexp"](x, axis=axis)
        x = np.expand_dims(y, axis) if given["keepdims"] else y
    return x


SPECIAL = {
    "Clip": clip,
    "PRelu": prelu,
    "Selu": selu,
    "Shrink": shrink,
    "Sin": lambda x, given: catalogue["sine"](x, omega=1.0),
    "SwiGLU": swiglu,
    "ReduceLogSumExp": reduce_log_sum_exp,
}
USUAL = {
    r.frameworks["onnx"].call: usual(r.name)
    for r in RECORDS
    if "onnx" in r.frameworks and r.frameworks["onnx"].call not in SPECIAL
}


@pytest.mark.parametrize("name", [name for name in CASES if name not in LEFT_OUT])
def test_onnx_node(name):
    case = CASES[name]
    (node,) = case.model.graph.node
    given = defaults(node.op_type, attributes(node))
    for inputs, outputs in case.data_sets:
        named = by_position(node, inputs)
        x = named.pop(next(iter(named)))
        given |= {k: v.item() if np.ndim(v) == 0 else v for k, v in named.items()}
        expected = outputs[0]
        computed = np.asarray((SPECIAL | USUAL)[node.op_type](x, given))
        assert computed.shape == expected.shape
        assert computed.dtype == (expected.dtype if expected.dtype.kind == "f" else np.float64)
        rtol = max(RTOL, float(np.finfo(computed.dtype).eps))
        np.testing.assert_allclose(computed, expected.astype(computed.dtype), rtol=rtol, atol=ATOL)


def test_every_operator_has_cases():
    tested = {case.model.graph.node[0].op_type for name, case in CASES.items() if name not in LEFT_OUT}
    assert tested == {r.frameworks["onnx"].call for r in RECORDS if "onnx" in r.frameworks}
    assert set(LEFT_OUT) <= set(CASES), "a reason without a case"
    assert len(CASES) >= 80


def test_limits_that_do_not_go_together_are_refused():
    (inputs, _), *_ = CASES["test_clip_min_greater_than_max"].data_sets
    x, low, high = inputs
    with pytest.raises(ValueError, match="min_val must be below max_val"):
        clip(x, {"min": low.item(), "max": high.item()})

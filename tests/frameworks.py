"""Call a record's counterpart in another framework, as the record's `frameworks` field spells it."""

import functools
import importlib
import inspect
import os
import warnings

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "torch")  # with NumPy behind it, Keras computes in float32 only

# Values that a framework writes otherwise. A value that is not listed does not exist there.
VALUES = {
    ("torch", "approximate"): {"none": "none", "tanh": "tanh"},
    ("onnx", "approximate"): {"none": "none", "tanh": "tanh"},
    ("keras", "approximate"): {"none": False, "tanh": True},
    ("jax", "approximate"): {"none": False, "tanh": True},
}


@functools.cache
def find(dotted):
    """Import what a dotted name names."""
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:cut]))
            return functools.reduce(getattr, parts[cut:], found)
        except ModuleNotFoundError:
            continue
    raise ModuleNotFoundError(dotted)


def translate(framework, spelling, params):
    """Our parameters as keyword arguments of theirs, or None where theirs cannot be told so."""
    arguments = {}
    for name, value in params.items():
        theirs = spelling.names.get(name, name)
        choices = VALUES.get((framework, name))
        if theirs is None or (choices and value not in choices):
            return None
        arguments[theirs] = choices[value] if choices else value
    return arguments


def default(framework, spelling, name, ours):
    """Their default in our words; the record says it in theirs."""
    if name not in spelling.defaults:
        return ours
    theirs = spelling.defaults[name]
    words = VALUES.get((framework, name), {})
    return next((word for word, value in words.items() if value == theirs), theirs)


def call(framework, spelling, x, arguments):
    """Return what their function makes of a NumPy array, as a NumPy array."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs
        return CALLS[framework](spelling.call, x, {**arguments, **spelling.extra})


def torch_function(name, dtype=None):
    """A function of a tensor and keyword arguments, whether torch has a function or a layer."""
    import torch

    function = find(name)
    if name == "torch.nn.functional.prelu":
        return lambda x, weight: function(x, torch.as_tensor(weight, dtype=x.dtype).reshape(-1))
    if name == "torch.heaviside":  # the value at 0 is an argument
        return lambda x: function(x, torch.zeros((), dtype=x.dtype))
    if inspect.isclass(function):
        return lambda x, **arguments: function(**arguments)(x)
    return function


def call_torch(name, x, arguments):
    import torch

    return torch_function(name)(torch.from_numpy(x.copy()), **arguments).numpy()


def torch_gradient(spelling, x, g, arguments):
    """The gradient that torch carries back from g, in double precision."""
    import torch

    x = torch.from_numpy(x.copy()).requires_grad_()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch_function(spelling.call)(x, **arguments, **spelling.extra).backward(torch.from_numpy(g.copy()))
    return x.grad.numpy()


def call_jax(name, x, arguments):
    import jax

    with jax.enable_x64(True):
        return np.asarray(find(name)(jax.numpy.asarray(x), **arguments))


def call_keras(name, x, arguments):
    import keras

    function = find(name)
    if name == "keras.layers.PReLU":  # a layer, and the parameter its state
        start = {"alpha_initializer": keras.initializers.Constant(arguments["alpha"])} if arguments else {}
        function, arguments = keras.layers.PReLU(dtype="float64", **start), {}
    return keras.ops.convert_to_numpy(function(x, **arguments))


def call_onnx(operator, x, arguments):
    import onnx
    from onnx.reference import ReferenceEvaluator

    schema, helper = onnx.defs.get_schema(operator), onnx.helper
    attributes = {k: v for k, v in arguments.items() if k in schema.attributes}
    inputs = {schema.inputs[0].name: x}
    if operator == "Shrink" and "bias" in attributes:  # soft shrinkage: it is the other parameter once more
        attributes["bias"] = attributes.get("lambd", attributes["bias"])
    if operator == "SwiGLU":  # two inputs, of which the first is the gate
        inputs["B"], inputs["A"] = np.split(x, 2, axis=-1)
    for entry in schema.inputs[1:]:
        value = arguments.get(entry.name)
        if isinstance(value, int):  # an axis
            inputs[entry.name] = np.array([value])
        elif value is not None:
            inputs[entry.name] = np.array(value, x.dtype)
        elif entry.name not in inputs and entry.option == schema.FormalParameterOption.Single:
            raise TypeError(f"{operator} needs {entry.name}")
    if set(arguments) - set(attributes) - {entry.name for entry in schema.inputs}:
        raise TypeError(f"{operator} has no such arguments: {arguments}")

    def describe(name, array, shape):
        return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), shape)

    places = [entry.name if entry.name in inputs else "" for entry in schema.inputs]
    graph = helper.make_graph(
        [helper.make_node(operator, places, ["out"], **attributes)],
        operator,
        [describe(name, array, array.shape) for name, array in inputs.items()],
        [describe("out", x, None)],
    )
    newest = helper.make_opsetid("", onnx.defs.onnx_opset_version())
    return ReferenceEvaluator(helper.make_model(graph, opset_imports=[newest])).run(None, inputs)[0]


CALLS = {"torch": call_torch, "keras": call_keras, "jax": call_jax, "onnx": call_onnx}

import copy
import math

import frameworks
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from threadpoolctl import threadpool_info, threadpool_limits

from activations import catalogue
from activations.core import Activation
from activations.data import digits, xor
from activations.network import MLP, SGD, Adam, Layer, Normalisation, _progress, train

NOT_FOR_LAYERS = {"logsumexp", "softmax2d"}  # a reduction, and a function of images
RECORDS = [name for name in catalogue if name not in NOT_FOR_LAYERS]
# The slope of prelu is learned, which has a test of its own; torch has no gradient for the step.
IN_TORCH = [
    name for name in RECORDS if "torch" in catalogue[name].frameworks and name not in {"prelu", "step"}
]
LOSSES = {
    "cross_entropy": torch.nn.functional.cross_entropy,
    "binary_cross_entropy": torch.nn.functional.binary_cross_entropy_with_logits,
    "mean_squared_error": torch.nn.functional.mse_loss,
}


def examples(n=20, inputs=5, classes=3):
    rng = np.random.default_rng(0)
    return rng.standard_normal((n, inputs)), rng.integers(0, classes, n)


def in_torch(name):
    """Return a record's function in PyTorch, of one argument, and the parameters with which ours is the same."""
    record = catalogue[name]
    spelling = record.frameworks["torch"]
    known = {
        k: p.default for k, p in record.params.items() if p.bounds is not None and spelling.names.get(k, k)
    }
    fixed = {k: v for k, v in spelling.defaults.items() if k not in known}
    arguments = {**frameworks.translate("torch", spelling, known), **spelling.extra}
    function = frameworks.torch_function(spelling.call)
    return fixed, lambda z: function(z, **arguments)


def twin(net, x, y, function, seed=1):
    """Return the loss of one seed and the gradient of each of its parameters, from PyTorch."""
    tensors = []
    z = torch.from_numpy(x)
    for number, layer in enumerate(net.layers):
        p = {k: torch.from_numpy(v[seed].copy()).requires_grad_() for k, v in layer.parameters.items()}
        tensors.append(p)
        before, z = z, z @ p["weights"] + p["biases"]
        if "gain" in p:
            z = (torch.nn.functional.batch_norm if layer.normalise.axis == 1 else layer_norm)(
                z, None, None, training=True
            )
            z = z * p["gain"] + p["shift"]
        if number < len(net.layers) - 1:
            z = function(z, p["weight"][0]) if "weight" in p else function(z)
        if layer.residual:
            z = z + before
    output = net.output and net.output.name
    if output not in (None, "softmax") and net.loss_function.name == "mean_squared_error":
        z = getattr(torch.nn.functional, output)(z)
    loss = LOSSES[net.loss_function.name](z, torch.from_numpy(y))
    loss.backward()
    return loss.item(), [{k: t.grad.numpy() for k, t in p.items()} for p in tensors]


def layer_norm(z, mean, variance, training):
    return torch.nn.functional.layer_norm(z, z.shape[-1:])


def check_against_torch(net, x, y, function, rtol=1e-9):
    targets = net._targets(x, y)
    loss, g = net._loss_of(net.forward(x, training=True), targets)
    net.backward(g)
    their_loss, their_gradients = twin(net, x, targets, function)
    assert_allclose(loss[1], their_loss, rtol=1e-12)
    for layer, theirs in zip(net.layers, their_gradients, strict=True):
        for name, gradient in theirs.items():
            assert_allclose(
                layer.gradients[name][1],
                gradient,
                rtol,
                atol=rtol * np.abs(gradient).max() + 1e-15,
                err_msg=name,
            )


@pytest.mark.parametrize("name", IN_TORCH)
def test_gradients_agree_with_pytorch(name):
    params, function = in_torch(name)
    net = MLP([5, 6, 7, 3], (name, params), initialiser="lecun", seeds=2, dtype=float)
    # torch takes one sixth, the slope of its hard sigmoid, in float32
    check_against_torch(net, *examples(), function, rtol=1e-6 if name == "hard_sigmoid" else 1e-9)


@pytest.mark.parametrize("name", RECORDS)
def test_gradients_agree_with_differences(name):
    x, y = examples()
    net = MLP([5, 6, 7, 3], name, initialiser="lecun", seeds=2, dtype=float)
    net.backward(net._loss_of(net.forward(x), y)[1])
    gradients, start = net.gradients.copy(), net.parameters.copy()
    for direction in np.random.default_rng(1).standard_normal((3, *start.shape)):
        h = 1e-7
        net.parameters[...] = start + h * direction
        above = net.loss(x, y)
        net.parameters[...] = start - h * direction
        below = net.loss(x, y)
        assert_allclose((gradients * direction).sum(axis=1), (above - below) / (2 * h), rtol=1e-6, atol=2e-8)


@pytest.mark.parametrize("name", sorted(NOT_FOR_LAYERS))
def test_functions_that_fit_no_layer_are_refused(name):
    with pytest.raises(ValueError, match=name):
        Layer(4, 4, name)


@pytest.mark.parametrize("weight", [0.25, np.linspace(-0.2, 0.9, 6)], ids=["shared", "per unit"])
def test_slopes_of_prelu_are_learned_as_in_pytorch(weight):
    x, y = examples()
    net = MLP([5, 6, 6, 3], ("prelu", {"weight": weight}), seeds=2, dtype=float)
    assert net.layers[0].parameters["weight"].shape == (2, 1, np.size(weight))
    assert_array_equal(net.layers[0].parameters["weight"][1, 0], np.ravel(weight))
    check_against_torch(net, x, y, torch.nn.functional.prelu)
    train(net, x, y, epochs=3, optimiser=SGD(0.5))
    assert (net.layers[0].parameters["weight"] != weight).all()


def test_gated_units_take_twice_as_many_pre_activations():
    net = MLP([5, 6, 7, 3], "swiglu", seeds=2)
    assert [layer.shapes["weights"] for layer in net.layers] == [(5, 12), (6, 14), (7, 3)]
    assert net.forward(examples()[0]).shape == (2, 20, 3)


def test_maxout_units_take_one_pre_activation_per_piece():
    x, _ = examples()
    for activation, pieces in (("maxout", 2), (("maxout", {"pieces": 3}), 3)):
        layer = MLP([5, 6, 3], activation, seeds=2).layers[0]
        assert layer.shapes["weights"] == (5, 6 * pieces)
        a = layer.forward(x[None].astype(np.float32))
        assert_array_equal(a, layer.z.reshape(2, 20, 6, pieces).max(axis=3))
    with pytest.raises(ValueError, match="activation maxout with {'groups': 4} can't give 6 units"):
        MLP([5, 6, 3], ("maxout", {"groups": 4}))


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("normalise", [None, "batch", "layer"])
def test_normalisation_and_shortcuts_agree_with_pytorch(normalise, residual):
    net = MLP([5, 6, 6, 3], "tanh", normalise=normalise, residual=residual, seeds=2, dtype=float)
    assert [layer.residual for layer in net.layers] == [False, residual, False]
    rng = np.random.default_rng(2)
    net.parameters += 0.1 * rng.standard_normal(
        net.parameters.shape
    )  # so that gain and shift are not 1 and 0
    check_against_torch(net, *examples(), torch.tanh)


def test_batch_normalisation_predicts_with_running_averages():
    x, y = examples(200)
    net = MLP([5, 6, 3], "relu", normalise="batch", seeds=2, dtype=float)
    fresh = net.forward(x)
    assert_allclose(
        net.forward(2 * x), fresh, atol=1e-4
    )  # nothing has been averaged yet: a batch is its own measure
    assert_array_equal(fresh, net.forward(x, training=True))
    train(net, x, y, epochs=20, batch=None, optimiser=SGD(1e-9))
    assert_allclose(net.forward(x), fresh, atol=1e-6)  # the averages have met
    assert_allclose(net.forward(x[:1]), fresh[:, :1], atol=1e-6)  # a batch of one has no variance of its own
    net.statistics(3 * x, y)
    assert_allclose(net.forward(x), fresh, atol=1e-6)  # measuring leaves them alone


def test_gradient_of_frozen_batch_normalisation():
    layer = Normalisation("batch", {"gain": np.full((1, 1, 1), 3.0), "shift": np.ones((1, 1, 1))}, {})
    layer.gradients.update({k: np.empty((1, 1, 1)) for k in ("gain", "shift")})
    layer.forward(np.array([[[1.0], [5.0]]]), training=True)  # mean 3, variance 4
    assert_allclose(layer.forward(np.array([[[7.0]]]), training=False), [[[1 + 3 * 2]]], rtol=1e-5)
    assert_allclose(layer.backward(np.ones((1, 1, 1))), [[[3 / 2]]], rtol=1e-5)
    layer.forward(np.array([[[3.0], [23.0]]]), training=True)  # mean 13, variance 100
    assert_allclose(layer.running, [[[[4.0]]], [[[13.6]]]])


@pytest.mark.parametrize(
    ("output", "loss"),
    [
        ("softmax", None),
        ("sigmoid", None),
        ("sigmoid", "mean_squared_error"),
        ("identity", None),
        ("tanh", None),
        ("softplus", None),
    ],
)
def test_pairs_of_output_and_loss_agree_with_pytorch(output, loss):
    x, labels = examples()
    y = labels if output == "softmax" else np.eye(3)[labels]
    net = MLP([5, 6, 3], "tanh", output=output, loss=loss, seeds=2, dtype=float)
    check_against_torch(net, x, y, torch.tanh)


@pytest.mark.parametrize("output", ["softmax", "sigmoid", "identity", "softplus"])
def test_predictions_apply_the_output_function(output):
    x, _ = examples()
    net = MLP([5, 6, 3], output=output, seeds=2)
    assert_allclose(
        net.predict(x), net.forward(x) if output == "identity" else catalogue[output](net.forward(x))
    )


def test_gradient_reaches_the_inputs():
    x, _ = examples()
    net = MLP([5, 6, 6, 1], "tanh", residual=True, output="identity", seeds=2, dtype=float)
    slopes = net.backward(np.ones_like(net.forward(x)))
    assert slopes.shape == (2, 20, 5)
    for feature in range(5):
        step = 1e-6 * np.eye(5)[feature]
        difference = (net.forward(x + step) - net.forward(x - step)) / 2e-6
        assert_allclose(slopes[:, :, feature], difference[:, :, 0], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (SGD(0.3), lambda p: torch.optim.SGD(p, 0.3)),
        (SGD(0.3, momentum=0.9), lambda p: torch.optim.SGD(p, 0.3, momentum=0.9)),
        (Adam(0.01), lambda p: torch.optim.Adam(p, 0.01)),
        (Adam(0.1, 0.5, 0.7, 0.1), lambda p: torch.optim.Adam(p, 0.1, betas=(0.5, 0.7), eps=0.1)),
    ],
    ids=["SGD", "momentum", "Adam", "Adam with other settings"],
)
def test_optimisers_agree_with_pytorch(ours, theirs):
    rng = np.random.default_rng(0)
    w = rng.standard_normal((2, 7))
    twin = torch.from_numpy(w.copy()).requires_grad_()
    optimiser = theirs([twin])
    for g in rng.standard_normal((10, 2, 7)):
        ours.step(w, g)
        twin.grad = torch.from_numpy(g)
        optimiser.step()
    assert_allclose(w, twin.detach().numpy(), rtol=1e-12)


def test_optimisers_start_afresh_with_another_network():
    for used, fresh in ((Adam(), Adam()), (SGD(0.1, 0.9), SGD(0.1, 0.9))):
        used.step(np.ones((1, 2)), np.ones((1, 2)))
        one, other = np.ones((2, 1, 2))
        used.step(one, 2 * np.ones((1, 2)))
        fresh.step(other, 2 * np.ones((1, 2)))
        assert_array_equal(one, other)


def test_each_seed_may_have_its_own_learning_rate():
    x, y = examples()
    for make in (SGD, Adam):
        net = MLP([5, 6, 3], seeds=[7, 7])
        train(net, x, y, epochs=3, optimiser=make([0.1, 0.001]))
        alone = MLP([5, 6, 3], seeds=[7])
        train(alone, x, y, epochs=3, optimiser=make(0.001))
        assert_array_equal(net.parameters[1], alone.parameters[0])
        assert (net.parameters[0] != net.parameters[1]).any()


@pytest.mark.parametrize("batch", [8, None])
@pytest.mark.parametrize(
    ("activation", "options"),
    [
        ("relu", {}),
        ("gelu", {"normalise": "batch", "residual": True}),
        ("swiglu", {"normalise": "layer"}),
        (("prelu", {"weight": np.full(6, 0.25)}), {}),
        (("rrelu", {"training": True}), {}),
        ("softmax", {}),
    ],
    ids=["relu", "gelu, batch, residual", "swiglu, layer", "prelu", "rrelu", "softmax"],
)
def test_seeds_do_not_depend_on_each_other(activation, options, batch):
    x, y = examples(50)
    together = MLP([5, 6, 6, 3], activation, seeds=[4, 1, 2, 0, 7], **options)
    alone = MLP([5, 6, 6, 3], activation, seeds=[2], **options)
    histories = [train(net, x, y, epochs=3, batch=batch, validation=(x, y)) for net in (together, alone)]
    assert_array_equal(together.parameters[2], alone.parameters[0])
    for name in ("loss", "validation_loss", "validation_accuracy"):
        assert_array_equal(getattr(histories[0], name)[:, 2], getattr(histories[1], name)[:, 0])
    assert (together.parameters[2] != together.parameters[1]).any()


def test_order_of_examples_depends_on_the_seed_alone():
    narrow, wide = (
        MLP([2, 3, 1], "tanh", seeds=2),
        MLP([2, 30, 30, 1], "swiglu", initialiser="xavier", seeds=2),
    )
    for one, other in zip(narrow.orders, wide.orders, strict=True):
        assert_array_equal(one.permutation(50), other.permutation(50))


def test_training_can_be_continued():
    x, y = examples(50)
    once, twice = (MLP([5, 6, 3], normalise="batch", seeds=2) for _ in range(2))
    whole = train(once, x, y, epochs=4, batch=8, optimiser=Adam())
    optimiser = Adam()
    parts = [train(twice, x, y, epochs=2, batch=8, optimiser=optimiser) for _ in range(2)]
    assert_array_equal(once.parameters, twice.parameters)
    assert_array_equal(whole.loss, np.concatenate([part.loss for part in parts]))


def test_every_example_counts_once_in_each_epoch():
    x, y = examples(21)
    net = MLP([5, 6, 3], seeds=2, dtype=float)
    before = net.loss(x, y)
    history = train(net, x, y, epochs=1, batch=8, optimiser=SGD(1e-12))
    assert_allclose(history.loss[0], before, rtol=1e-9)
    whole, batched = (MLP([5, 6, 3], seeds=2, dtype=float) for _ in range(2))
    train(whole, x, y, epochs=3, batch=None)
    train(batched, x, y, epochs=3, batch=21)
    assert_allclose(whole.parameters, batched.parameters, rtol=1e-9, atol=1e-12)


def test_history_measures_the_validation_set_after_each_epoch():
    x, y = examples()
    net = MLP([5, 6, 3], normalise="batch", seeds=2)
    history = train(net, x, y, epochs=3, validation=(x[:10], y[:10]))
    assert history.loss.shape == (3, 2)
    assert_array_equal(history.validation_loss[-1], net.loss(x[:10], y[:10]))
    assert_array_equal(history.validation_accuracy[-1], net.accuracy(x[:10], y[:10]))
    assert not history.diverged.any()
    assert repr(history) == "<History of 3 epochs, 2 seeds, 0 diverged>"
    regression = MLP([5, 6, 1], output="identity")
    assert np.isnan(train(regression, x, y, epochs=1, validation=(x, y)).validation_accuracy).all()


def test_networks_learn():
    x, y, x_test, y_test = digits()
    net = MLP([64, 32, 10], seeds=3)
    train(net, x, y, epochs=6, batch=32, optimiser=SGD(0.1, momentum=0.9))
    assert (net.accuracy(x_test, y_test) > 0.95).all()
    points, labels = xor()
    for output, targets in (("softmax", labels), ("sigmoid", labels), ("identity", labels)):
        outputs = 2 if output == "softmax" else 1
        net = MLP([2, 16, outputs], "tanh", output=output, seeds=3)
        train(net, points, targets, epochs=100, batch=None, optimiser=Adam(0.1))
        assert (net.loss(points, targets) < 0.01).all()


def test_a_seed_that_diverges_leaves_the_others_alone():
    x, y = examples(50, classes=2)
    rates = [0.01, 1e30]
    net = MLP([5, 6, 1], ("prelu", {"weight": np.full(6, 0.25)}), output="identity", seeds=[3, 3])
    history = train(net, x, y, epochs=5, batch=8, optimiser=SGD(rates), diverged="record")
    alone = MLP([5, 6, 1], ("prelu", {"weight": np.full(6, 0.25)}), output="identity", seeds=[3])
    expected = train(alone, x, y, epochs=5, batch=8, optimiser=SGD(0.01))
    assert_array_equal(history.diverged, [False, True])
    assert_array_equal(history.loss[:, 0], expected.loss[:, 0])
    assert not np.isfinite(history.loss[-1, 1])
    assert_array_equal(net.predict(x)[0], alone.predict(x)[0])


def test_divergence_is_an_error_unless_it_is_to_be_recorded():
    x, y = examples()
    net = MLP([5, 6, 1], output="identity", seeds=[3, 8])
    with pytest.raises(FloatingPointError, match=r"epoch \d+ for seed 8"):
        train(net, x, y, epochs=9, batch=4, optimiser=SGD([0.01, 1e30]))
    net = MLP([5, 6, 1], output="identity", seeds=[3, 8])
    history = train(net, x, y, epochs=9, batch=4, optimiser=SGD(1e30), diverged="record")
    assert history.diverged.all()
    assert np.isnan(history.loss[-1]).all()


def test_the_last_step_may_diverge_too():
    x, _ = examples()
    net = MLP([5, 6, 1], output="identity", seeds=2)
    optimiser = SGD([1e-9, 1e38])
    history = train(net, x, np.full(20, 1e6), epochs=1, batch=None, optimiser=optimiser, diverged="record")
    assert np.isfinite(history.loss).all()  # it was measured before the step
    assert_array_equal(history.diverged, [False, True])


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_a_diverged_seed_has_no_numbers(output):
    x, y = examples(classes=2)
    net = MLP([5, 6, 2], output=output, seeds=2)
    net.parameters[1] = np.nan
    accuracy = net.accuracy(x, y if output == "softmax" else np.eye(2)[y])
    assert_array_equal(np.isnan(accuracy), [False, True])
    found = net.statistics(x, g=np.ones((20, 2)))
    for name, values in vars(found).items():
        assert_array_equal(np.isnan(values[:, 0]), [False, True], err_msg=name)


def test_statistics_of_a_layer_made_by_hand():
    net = MLP([1, 4, 1], output="identity", dtype=float)
    hidden, last = net.layers
    hidden.parameters["weights"][...] = [[1, -1, 1, 1]]
    hidden.parameters["biases"][...] = [[0, 0, -10, 10]]
    last.parameters["weights"][...] = [[1], [2], [3], [4]]
    x = np.array([[1.0], [-2.0]])  # activations 1 0 0 11 and 0 2 0 8
    found = net.statistics(x)
    assert_allclose(found.mean, [[22 / 8]])
    assert_allclose(found.variance, [[np.var([1, 0, 0, 11, 0, 2, 0, 8])]])
    assert_allclose(found.silent, [[4 / 8]])
    assert_allclose(found.dead, [[1 / 4]])
    assert_allclose(found.saturated, [[4 / 8]])
    assert np.isnan(found.gradient).all()
    g = np.array([[1.0], [10.0]])
    found = net.statistics(x, g=g)
    through = np.array([[1, 0, 0, 4], [0, 20, 0, 40]])
    assert_allclose(found.gradient, [[np.linalg.norm(through)]])
    assert_allclose(found.weight_gradient, [[np.linalg.norm(x.T @ through)]])


def test_statistics_take_the_gradient_of_the_loss():
    x, y = examples()
    net = MLP([5, 6, 7, 3], "tanh", seeds=2, dtype=float)
    found = net.statistics(x, y)
    assert found.gradient.shape == (2, 2)
    net.backward(net._loss_of(net.forward(x), y)[1])
    norms = [np.linalg.norm(layer.gradients["weights"], axis=(1, 2)) for layer in net.layers[:-1]]
    assert_allclose(found.weight_gradient, np.transpose(norms))


def test_saturation_counts_small_slopes():
    net = MLP([1, 2, 1], "tanh", output="identity")
    net.layers[0].parameters["weights"][...] = [[1, 10]]
    assert_allclose(net.statistics([[1.0]]).saturated, [[0.5]])
    assert_allclose(net.statistics([[1.0]], saturated=0.5).saturated, [[1.0]])
    falling = MLP([1, 2, 1], ("leaky_relu", {"negative_slope": -0.5}), output="identity")
    falling.layers[0].parameters["weights"][...] = -1
    assert_allclose(falling.statistics([[1.0]]).saturated, [[0.0]])
    assert np.isnan(MLP([1, 2, 1], "softmax").statistics([[1.0]]).saturated).all()


def test_vanished_gradients_are_measured_in_float32_too():
    x, y = examples(inputs=30)
    deep = [MLP([30] * 41 + [3], "sigmoid", initialiser="xavier", dtype=d).statistics(x, y) for d in "fd"]
    assert 1e-30 < deep[1].gradient[0, 0] < 1e-23  # its square is no float32
    assert_allclose(deep[0].gradient, deep[1].gradient, rtol=0.01)


def test_gradient_ratio_of_xavier_under_relu_is_root_half_per_layer():
    x, g = np.random.default_rng(0).standard_normal((2, 64, 128))
    found = MLP([128] * 22, output="identity", initialiser="xavier", seeds=5).statistics(x, g=g)
    per_layer = (found.gradient[:, 0] / found.gradient[:, -1]) ** (1 / 19)
    assert abs(per_layer.mean() - math.sqrt(0.5)) < 0.02


def test_rrelu_draws_in_training_only():
    x, _ = examples()
    net = MLP([5, 6, 3], ("rrelu", {"training": True}), seeds=2, dtype=float)
    assert_array_equal(net.forward(x), MLP([5, 6, 3], "rrelu", seeds=2, dtype=float).forward(x))
    first = net.forward(x, training=True)
    slopes = (net.layers[0].a / net.layers[0].z)[net.layers[0].z < 0]
    assert slopes.min() >= 1 / 8
    assert slopes.max() <= 1 / 3
    assert np.ptp(slopes) > 0.1
    layer = net.layers[0]
    assert_allclose(layer._apply(layer.activation.df) * layer.z, layer.a)  # the same draw for the slope
    assert (net.forward(x, training=True) != first).any()


def test_both_dtypes_start_alike():
    single, double = (MLP([5, 6, 3], seeds=2, dtype=d) for d in (np.float32, np.float64))
    assert single.forward(np.zeros((1, 5))).dtype == np.float32
    assert_array_equal(single.parameters, double.parameters.astype(np.float32))
    train(single, *examples(), epochs=1)
    assert single.parameters.dtype == np.float32


@pytest.mark.parametrize("name", RECORDS)
def test_float32_stays_float32(name):
    x, _ = examples()
    net = MLP([5, 6, 3], name)
    net.forward(x)
    net.backward(np.ones((1, 20, 3)))
    assert {net.layers[0].a.dtype, net.layers[0].dz.dtype, net.layers[1].a.dtype} == {np.dtype(np.float32)}


def test_a_record_of_ones_own_can_be_used():
    def cube(x):
        return x * x * x

    def cube_prime(x):
        return 3 * x * x

    def double(x):
        return np.float64(2) * x

    def double_prime(x):
        return np.full(x.shape, 2.0)

    record = Activation(double, double_prime, latex="2x", derivative_latex="2")
    layer = MLP([5, 6, 3], record).layers[0]
    assert (
        layer.forward(np.ones((1, 20, 5), np.float32)).dtype == np.float32
    )  # though the formula gives float64
    assert layer.backward(np.ones((1, 20, 6), np.float32)).dtype == np.float32
    record = Activation(cube, cube_prime, latex="x^3", derivative_latex="3x^2")
    net = MLP([5, 6, 3], record, initialiser="lecun", seeds=2, dtype=float)
    check_against_torch(net, *examples(), lambda z: z**3)


def test_layers_may_differ():
    net = MLP(
        [5, 6, 7, 3],
        ["relu", ("elu", {"alpha": 2.0})],
        initialiser=["he", "lecun", lambda rng, m, n: (1.0, 2.0)],
    )
    assert [layer.activation and layer.activation.name for layer in net.layers] == ["relu", "elu", None]
    assert net.layers[1].settings == {"alpha": 2.0}
    assert (net.layers[2].parameters["weights"] == 1).all()
    assert (net.layers[2].parameters["biases"] == 2).all()


def test_inputs_may_differ_by_seed():
    x = np.random.default_rng(0).standard_normal((2, 20, 5))
    net = MLP([5, 6, 3], seeds=2, dtype=float)
    both = net.forward(x)
    assert_allclose(both[1], net.forward(x[1])[1])


def test_a_copy_is_a_network_of_its_own():
    x, y = examples()
    net = MLP([5, 6, 6, 3], ("prelu", {"weight": np.full(6, 0.25)}), normalise="batch", seeds=2)
    train(net, x, y, epochs=2)
    twin, start = copy.deepcopy(net), net.parameters.copy()
    train(twin, x, y, epochs=2)
    assert_array_equal(net.parameters, start)
    train(net, x, y, epochs=2)
    assert_array_equal(net.parameters, twin.parameters)
    assert_array_equal(net.forward(x), twin.forward(x))
    assert (net.parameters != start).any()


def test_repr_says_what_it_is():
    assert repr(MLP([5, 6, 3])) == "<MLP 5-6-3, 1 seed, 57 parameters each>"
    assert repr(MLP([5, 6, 3], seeds=4)) == "<MLP 5-6-3, 4 seeds, 57 parameters each>"


def test_a_network_without_hidden_layers_is_a_linear_model():
    x, y = examples()
    net = MLP([5, 3], seeds=2, dtype=float)
    check_against_torch(net, x, y, None)
    assert net.statistics(x, y).mean.shape == (2, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sizes": [5]}, "sizes must be at least two whole numbers"),
        ({"sizes": [5, 0, 3]}, "sizes must be at least two whole numbers"),
        ({"sizes": [5, 2.5, 3]}, "sizes must be at least two whole numbers"),
        ({"activation": "rellu"}, "no activation function called 'rellu'; did you mean 'relu'"),
        ({"activation": 3}, "activation must be a name in the catalogue or a record"),
        ({"activation": ["relu"]}, "activation must be one for all or a list of 2, one per layer, got 1"),
        ({"activation": ("elu", {"alpha": -1})}, "alpha must lie in"),
        ({"activation": ("softmax", {"axis": 0})}, "last axis"),
        (
            {"activation": ("prelu", {"weight": [0.1, 0.2]})},
            "weight must be one number, or one for each of the 6 units",
        ),
        ({"output": "softmin"}, "output must be softmax or an elementwise function"),
        ({"output": "nothing"}, "no activation function called 'nothing'"),
        ({"loss": "mean_squared_error"}, "loss must be cross_entropy with output 'softmax'"),
        ({"output": "tanh", "loss": "cross_entropy"}, "loss must be mean_squared_error with output 'tanh'"),
        ({"initialiser": "his"}, "initialiser must be a function or one of xavier"),
        ({"initialiser": ["he"]}, "initialiser must be one for all or a list of 3, one per layer, got 1"),
        ({"normalise": "group"}, "normalise must be None, 'batch' or 'layer', got 'group'"),
        ({"seeds": []}, "seeds must name at least one seed"),
        ({"seeds": 0}, "seeds must name at least one seed"),
        ({"dtype": np.float16}, "dtype must be float32 or float64"),
    ],
)
def test_illegal_networks_are_refused(options, message):
    with pytest.raises(ValueError, match=message.replace("[", r"\[")):
        MLP(**{"sizes": [5, 6, 6, 3], **options})


def test_unknown_parameters_are_refused():
    with pytest.raises(TypeError, match="relu has no parameter 'slope'"):
        MLP([5, 6, 3], ("relu", {"slope": 1}))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"x": np.zeros((20, 4))}, r"x must have the shape \(examples, 5\), got \(20, 4\)"),
        (
            {"x": np.zeros((0, 5)), "y": np.zeros(0, int)},
            r"x must have the shape \(examples, 5\), got \(0, 5\)",
        ),
        ({"x": np.full((20, 5), np.nan)}, "x must be finite, got NaN or infinity"),
        ({"y": np.zeros(19, int)}, r"y: targets .* must be of shape \(20,\), got int64 of shape \(19,\)"),
        ({"y": np.zeros(20)}, r"y: targets must be labels \(whole numbers\) or the probabilities"),
        ({"y": np.full(20, 3)}, r"y: targets must be labels from 0 to 2, got 3 at index \(0,\)"),
        ({"y": np.full(20, -1)}, r"y: targets must be labels from 0 to 2, got -1 at index \(0,\)"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"batch": 0}, "batch must be a whole number of at least 1, got 0"),
        ({"batch": 2.5}, "batch must be a whole number of at least 1, got 2.5"),
        ({"threads": 0}, "threads must be a whole number of at least 1, got 0"),
        ({"epochs": None}, "epochs must be a whole number of at least 1, got None"),
        ({"diverged": "ignore"}, "diverged must be 'raise' or 'record', got 'ignore'"),
        ({"validation": (np.zeros((3, 4)), np.zeros(3, int))}, r"validation\[0\] must have the shape"),
        (
            {"validation": (np.zeros((3, 5)), np.full(3, 7))},
            r"validation\[1\]: targets must be labels from 0 to 2",
        ),
        ({"optimiser": SGD([0.1, 0.2, 0.3])}, "lr must be one number, or one for each of 2 seeds, got 3"),
    ],
)
def test_illegal_training_is_refused(options, message):
    x, y = examples()
    with pytest.raises(ValueError, match=message):
        train(MLP([5, 6, 3], seeds=2), **{"x": x, "y": y, "epochs": 1, **options})


@pytest.mark.parametrize(
    ("output", "y", "error", "message"),
    [
        ("sigmoid", np.full((20, 3), 1.5), ValueError, "y: targets must lie between 0 and 1, got 1.5"),
        ("sigmoid", np.zeros((20, 2)), ValueError, r"y: targets must be numbers of shape \(20, 3\)"),
        ("identity", np.full((20, 3), np.inf), ValueError, "y: targets must be finite, got inf"),
        ("identity", np.full((20, 3), "a"), TypeError, "y: targets must hold real numbers"),
    ],
)
def test_illegal_targets_are_refused(output, y, error, message):
    with pytest.raises(error, match=message):
        MLP([5, 6, 3], output=output).loss(examples()[0], y)


def test_labels_may_be_probabilities():
    x, labels = examples()
    sure = np.eye(3)[labels]
    one, other = (MLP([5, 6, 3], seeds=2, dtype=float) for _ in range(2))
    train(one, x, labels, epochs=3)
    train(other, x, sure, epochs=3)
    assert_allclose(one.parameters, other.parameters, rtol=1e-12)
    assert_array_equal(one.accuracy(x, labels), one.accuracy(x, sure))
    check_against_torch(one, x, 0.9 * sure + 0.1 / 3, torch.relu)


@pytest.mark.parametrize("shape", [(5,), (20, 4), (3, 20, 5), (1, 1, 20, 5)])
def test_inputs_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"x must have the shape \(examples, 5\)"):
        MLP([5, 6, 3], seeds=2).forward(np.zeros(shape))


def test_gradients_of_another_shape_are_refused():
    net = MLP([5, 6, 3], seeds=2)
    net.forward(np.zeros((20, 5)))
    with pytest.raises(ValueError, match=r"g must have the shape of the output, \(2, 20, 3\)"):
        net.backward(np.zeros((20, 3)))


def test_accuracy_counts_right_answers():
    net = MLP([1, 3], seeds=2)
    net.parameters[...] = 0
    net.layers[0].parameters["biases"][...] = np.array([[[0, 1, -1]], [[-1, -2, 1]]])
    assert_allclose(net.accuracy(np.zeros((4, 1)), [0, 1, 1, 2]), [0.5, 0.25])
    yes_or_no = MLP([1, 3], output="sigmoid", seeds=2)
    yes_or_no.parameters[...] = net.parameters
    assert_allclose(yes_or_no.accuracy(np.zeros((2, 1)), [[1, 1, 0], [0, 0, 0]]), [4 / 6, 2 / 6])
    assert_allclose(yes_or_no.accuracy(np.zeros((1, 1)), [[0, 0, 1]]), [1 / 3, 1])


def test_accuracy_of_numbers_is_refused():
    x, y = examples()
    with pytest.raises(ValueError, match="accuracy needs an output of softmax or sigmoid"):
        MLP([5, 6, 1], output="identity").accuracy(x, y)


@pytest.mark.parametrize("lr", [0, -0.1, np.nan, [[0.1]], [0.1, -1]])
def test_illegal_learning_rates_are_refused(lr):
    for make in (SGD, Adam):
        with pytest.raises(ValueError, match="lr must be a positive number, or one for each seed"):
            make(lr)


@pytest.mark.parametrize("name", ["momentum", "beta1", "beta2"])
@pytest.mark.parametrize("value", [-0.1, 1.0])
def test_illegal_shares_are_refused(name, value):
    with pytest.raises(ValueError, match=f"{name} must be at least 0 and below 1"):
        (SGD if name == "momentum" else Adam)(**{name: value})


def test_training_uses_as_many_threads_as_it_is_told():
    seen = []

    def spy(x):
        seen.append({p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas"})
        return x

    record = Activation(spy, np.ones_like, latex="x", derivative_latex="1")
    with threadpool_limits(2, user_api="blas"):
        for threads in ({}, {"threads": 3}, {"threads": None}):
            train(MLP([5, 6, 3], record), *examples(), epochs=1, **threads)
        spy(0)
    assert seen == [{1}, {3}, {2}, {2}]


def test_training_is_silent_where_nobody_watches(capfd, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    train(MLP([5, 6, 3]), *examples(), epochs=3)
    assert capfd.readouterr() == ("", "")
    assert _progress(3).disable
    monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb")
    bar = _progress(3)
    assert not bar.disable
    assert list(bar) == [0, 1, 2]
    assert capfd.readouterr() == ("", "")  # the bar waits for two seconds

"""Slopes that are learned (prelu) or drawn at random (rrelu): what no other function has."""

import numpy as np
import pytest
import torch

from activations import prelu, rrelu
from activations.core import block_length

BLOCK = block_length(np.dtype(np.float64))
X = np.random.default_rng(0).normal(size=(5, 3, 4, 2))
G = np.random.default_rng(1).normal(size=X.shape)


def by_torch(x, g, weight):
    """PyTorch's value and its gradients for x and for the weights."""
    x, weight = (torch.tensor(a, requires_grad=True) for a in (x, weight))
    y = torch.nn.functional.prelu(x, weight)
    y.backward(torch.tensor(g))
    return y.detach().numpy(), x.grad.numpy(), weight.grad.numpy()


@pytest.mark.parametrize("shape", [(5, 3, 4, 2), (5, 3), (0, 3), (BLOCK // 3, 3, 2)], ids=str)
@pytest.mark.parametrize("weight", [[0.25], [0.5, -0.1, 2.0]], ids=["one", "per channel"])
def test_prelu_is_pytorchs(shape, weight):
    x, g = (np.random.default_rng(seed).normal(size=shape) for seed in (2, 3))
    value, gradient, learned = by_torch(x, g, np.array(weight))
    ours = weight[0] if len(weight) == 1 else weight
    np.testing.assert_allclose(prelu(x, weight=ours), value, rtol=1e-15)
    np.testing.assert_allclose(prelu.vjp(x, g, weight=ours), gradient, rtol=1e-15)
    np.testing.assert_allclose(prelu.param_vjp(x, g, weight=ours)["weight"], np.squeeze(learned), rtol=1e-12)


def test_prelu_weights_may_broadcast():
    weight = np.random.default_rng(4).normal(size=(1, 3, 1, 2))
    np.testing.assert_array_equal(prelu(X, weight=weight), np.where(X > 0, X, weight * X))
    expected = (np.minimum(X, 0) * G).sum(axis=(0, 2), keepdims=True)
    np.testing.assert_allclose(prelu.param_vjp(X, G, weight=weight)["weight"], expected, rtol=1e-12)
    assert prelu.param_vjp(X.astype(np.float16), G, weight=weight)["weight"].dtype == np.float16


@pytest.mark.parametrize("weight", [[0.1, 0.2], np.ones((1, 2, 1, 1)), np.ones((3, 1))], ids=np.shape)
def test_prelu_weights_that_do_not_fit_are_refused(weight):
    for rule in (prelu, prelu.derivative, lambda x, weight: prelu.param_vjp(x, G, weight=weight)):
        with pytest.raises(ValueError, match="^weight must be a number, one value per channel"):
            rule(X, weight=weight)


def test_weights_at_zero_keep_the_limit():
    assert prelu(-np.inf, weight=0) == 0
    np.testing.assert_array_equal(prelu(np.full((1, 2), -np.inf), weight=[0.0, 1.0]), [[0.0, -np.inf]])


def test_functions_without_learned_parameters_have_no_gradient_for_them():
    assert rrelu.param_vjp(X, G) == {}


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_slopes_are_drawn_in_training(dtype):
    x = -np.ones(3 * BLOCK, dtype)
    slopes = -rrelu(x, lower=0.25, upper=0.75, training=True, rng=0)
    assert slopes.dtype == dtype
    assert slopes.min() >= 0.25 and slopes.max() <= 0.75
    # uniform: mean and variance, to five standard errors
    assert slopes.mean(dtype=float) == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(12 * x.size))
    assert slopes.var(dtype=float) == pytest.approx(0.25 / 12, rel=0.05)
    assert len(np.unique(slopes)) > 500


@pytest.mark.parametrize("shape", [(7,), (2 * BLOCK + 5,), (200, 3, 100)], ids=str)
def test_the_same_seed_draws_the_same_slopes(shape):
    x = np.random.default_rng(5).normal(size=shape)
    drawn = {"training": True, "rng": 42}
    np.testing.assert_allclose(rrelu(x, **drawn), x * rrelu.derivative(x, **drawn), rtol=1e-15)
    assert not np.array_equal(rrelu(x, training=True, rng=43), rrelu(x, **drawn))


def test_a_generator_moves_on():
    random = np.random.default_rng(6)
    first, second = (rrelu(X, training=True, rng=random) for _ in range(2))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, rrelu(X, training=True, rng=np.random.default_rng(6)))


def test_without_training_nothing_is_random():
    np.testing.assert_array_equal(rrelu(X, rng=1), rrelu(X, rng=2))
    assert rrelu(-48.0) == -11.0  # the mean of 1/8 and 1/3 is 11/48


def test_drawn_slopes_leave_positive_inputs_alone():
    np.testing.assert_array_equal(rrelu(np.abs(X), training=True, rng=0), np.abs(X))
    np.testing.assert_array_equal(rrelu.derivative(np.abs(X), training=True, rng=0), np.ones_like(X))


def test_drawn_slopes_are_not_monotone():
    x = np.linspace(-5, 5, 1001)
    assert not rrelu.monotone(training=True)
    assert np.min(np.diff(rrelu(x, training=True, rng=0))) < -0.1
    assert rrelu.image(training=True) == rrelu.image()

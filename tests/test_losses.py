"""The losses: values and gradients against PyTorch and mpmath, tails, ensembles of networks, and errors."""

import copy
import math
import pickle

import numpy as np
import pytest
import torch
from mpmath import mp, mpf
from torch.nn import functional

from activations.losses import Loss, binary_cross_entropy, cross_entropy, mean_squared_error

LOSSES = (binary_cross_entropy, cross_entropy, mean_squared_error)
INF, NAN = math.inf, math.nan

every = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
reductions = pytest.mark.parametrize("reduction", ["mean", "sum", "none"])


def example(loss, shape=(7, 4), dtype=np.float64, seed=0):
    """Predictions and legal targets."""
    rng = np.random.default_rng(seed)
    z = rng.normal(scale=3, size=shape).astype(dtype)
    if loss is cross_entropy:
        return z, rng.integers(shape[-1], size=shape[:-1])
    if loss is binary_cross_entropy:
        return z, rng.integers(2, size=shape)
    return z, rng.normal(size=shape)


def probabilities(shape, seed=1):
    p = np.random.default_rng(seed).uniform(size=shape)
    return p / p.sum(axis=-1, keepdims=True)


TORCH = {
    "binary_cross_entropy": functional.binary_cross_entropy_with_logits,
    "cross_entropy": functional.cross_entropy,
    "mean_squared_error": functional.mse_loss,
}


def torch_loss_and_gradient(loss, z, t, reduction):
    z = torch.tensor(z, requires_grad=True)
    t = torch.tensor(t) if loss is cross_entropy else torch.tensor(t, dtype=z.dtype)
    value = TORCH[loss.name](z, t, reduction=reduction)
    value.sum().backward()
    return value.detach().numpy(), z.grad.numpy()


# Against PyTorch.


@every
@reductions
@pytest.mark.parametrize("shape", [(7, 4), (1, 4), (7, 1), (5,)], ids=str)
def test_same_as_torch(loss, reduction, shape):
    z, t = example(loss, shape)
    value, gradient = torch_loss_and_gradient(loss, z, t, reduction)
    computed = loss(z, t, reduction=reduction)
    assert np.shape(computed) == value.shape
    np.testing.assert_allclose(computed, value, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(loss.gradient(z, t, reduction=reduction), gradient, rtol=1e-12, atol=1e-15)


@reductions
@pytest.mark.parametrize("loss", [binary_cross_entropy, cross_entropy], ids=lambda loss: loss.name)
def test_same_as_torch_for_uncertain_labels(loss, reduction):
    z, t = example(loss)[0], probabilities((7, 4))
    value, gradient = torch_loss_and_gradient(loss, z, t, reduction)
    np.testing.assert_allclose(loss(z, t, reduction), value, rtol=1e-13)
    np.testing.assert_allclose(loss.gradient(z, t, reduction), gradient, rtol=1e-11, atol=1e-15)


@every
def test_gradient_is_the_slope_of_the_value(loss):
    z, t = example(loss)
    gradient, step = loss.gradient(z, t), 1e-6
    for index in np.ndindex(z.shape):
        there, back = z.copy(), z.copy()
        there[index] += step
        back[index] -= step
        slope = (loss(there, t) - loss(back, t)) / (2 * step)
        assert gradient[index] == pytest.approx(slope, abs=1e-8)


def test_probabilities_of_one_and_zero_are_labels():
    z, labels = example(cross_entropy)
    one_hot = np.eye(4)[labels]
    for targets in (one_hot, one_hot.astype(np.float32), one_hot.astype(bool)):
        np.testing.assert_array_equal(cross_entropy(z, targets), cross_entropy(z, labels))
        np.testing.assert_array_equal(cross_entropy.gradient(z, targets), cross_entropy.gradient(z, labels))


def test_two_classes_are_one_logit():
    z, t = example(binary_cross_entropy, (9, 1))
    pair = np.concatenate([np.zeros_like(z), z], axis=1)
    np.testing.assert_allclose(cross_entropy(pair, t[:, 0]), binary_cross_entropy(z, t), rtol=1e-14)


# Tails.


@pytest.mark.parametrize("z", [-800.0, -50.0, -1.0, 0.0, 1e-10, 3.0, 36.0, 40.0, 700.0])
@pytest.mark.parametrize("t", [0.0, 0.25, 1.0])
def test_binary_cross_entropy_keeps_its_digits(z, t):
    with mp.workdps(400):
        value = mpf(t) * mp.log1p(mp.exp(-z)) + (1 - mpf(t)) * mp.log1p(mp.exp(z))
        slope = 1 / (1 + mp.exp(-mpf(z))) - mpf(t)
    assert binary_cross_entropy(z, t) == pytest.approx(float(value), rel=1e-15, abs=0)
    if t != 0.25 or abs(slope) > 0.01:  # the slope is 0 where σ(z) = t, on either side of which it cancels
        assert binary_cross_entropy.gradient(z, t) == pytest.approx(float(slope), rel=1e-15, abs=0)


@pytest.mark.parametrize("gap", [0.0, 1.0, 30.0, 40.0, 600.0, 1000.0, 1e300])
def test_cross_entropy_keeps_its_digits(gap):
    z = np.array([gap, 0.0, 0.0])
    with mp.workdps(400):
        others = 2 * mp.exp(-mpf(gap))
        right, wrong = mp.log1p(others), gap + mp.log1p(others)
        share = float(others / (1 + others))
    assert cross_entropy(z, 0) == pytest.approx(float(right), rel=1e-15, abs=0)
    assert cross_entropy(z, 1) == pytest.approx(float(wrong), rel=1e-15, abs=0)
    np.testing.assert_allclose(cross_entropy.gradient(z, 0), [-share, share / 2, share / 2], rtol=1e-15)


def test_infinite_predictions_give_the_limit():
    assert binary_cross_entropy([INF, -INF], [1, 0], "none").tolist() == [0, 0]
    assert binary_cross_entropy([INF, -INF, INF], [0, 1, 0.5], "none").tolist() == [INF, INF, INF]
    assert binary_cross_entropy.gradient([INF, -INF, INF], [1, 0, 0], "sum").tolist() == [0, 0, 1]
    assert cross_entropy([[-INF, 0.0], [0.0, -INF], [INF, 0.0]], [1, 1, 0], "none").tolist() == [0, INF, 0]
    assert cross_entropy.gradient([[-INF, 0.0, 0.0]], [1]).tolist() == [[0, -0.5, 0.5]]
    # What has no probability and none in the targets does not count.
    assert cross_entropy([[0.0, 0.0, -INF]], [[0.5, 0.5, 0.0]]) == math.log(2)
    assert mean_squared_error([INF, 0.0], [0.0, 0.0]) == INF


@every
def test_nan_gives_nan(loss):
    z, t = example(loss)
    z[2, 1] = NAN
    assert np.isnan(loss(z, t))
    assert np.isnan(loss.gradient(z, t)[2]).any()
    assert np.isfinite(np.delete(loss.gradient(z, t), 2, axis=0)).all()


# Ensembles: axes in front of examples and outputs are kept.


@every
@reductions
def test_each_network_of_an_ensemble_has_its_own_loss(loss, reduction):
    z, t = example(loss, (3, 7, 4))
    losses, gradients = loss(z, t, reduction), loss.gradient(z, t, reduction)
    assert np.shape(losses)[0] == 3 and gradients.shape == z.shape
    for network in range(3):
        np.testing.assert_array_equal(losses[network], loss(z[network], t[network], reduction))
        np.testing.assert_array_equal(gradients[network], loss.gradient(z[network], t[network], reduction))


@every
def test_targets_may_be_shared(loss):
    z, _ = example(loss, (2, 3, 7, 4))
    shared = example(loss)[1]
    repeated = np.broadcast_to(shared, (2, 3, *shared.shape))
    assert loss(z, shared).shape == (2, 3)
    np.testing.assert_array_equal(loss(z, shared), loss(z, repeated))
    np.testing.assert_array_equal(loss.gradient(z, shared), loss.gradient(z, repeated))
    if loss is cross_entropy:
        p = probabilities((7, 4))
        np.testing.assert_array_equal(loss(z, p), loss(z, np.broadcast_to(p, z.shape)))


# Types.


@every
@reductions
def test_float_dtypes_are_kept(loss, reduction):
    z, t = example(loss)
    exact, slope = loss(z, t, reduction), loss.gradient(z, t, reduction)
    for dtype in (np.float16, np.float32, np.float64):
        value, gradient = loss(z.astype(dtype), t, reduction), loss.gradient(z.astype(dtype), t, reduction)
        assert value.dtype == gradient.dtype == dtype
        tolerance = 40 * float(np.finfo(dtype).eps)
        np.testing.assert_allclose(value, exact, rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(gradient, slope, rtol=tolerance, atol=tolerance)
    whole = np.round(z).astype(int)
    np.testing.assert_array_equal(loss(whole, t, reduction), loss(np.round(z), t, reduction))


def test_many_examples_do_not_wear_out_float32():
    z = np.full((300_000, 1), 0.1, np.float32)
    assert mean_squared_error(z, np.zeros_like(z)) == np.float32(0.1) ** 2
    assert mean_squared_error(z[:, 0].astype(np.float16), np.zeros(len(z)), "sum") == pytest.approx(
        3000, rel=1e-3
    )


@every
def test_inputs_are_not_changed(loss):
    z, t = example(loss)
    z0, t0 = z.copy(), t.copy()
    z.flags.writeable = t.flags.writeable = False
    loss(z, t)
    gradient = loss.gradient(z, t)
    np.testing.assert_array_equal(z, z0)
    np.testing.assert_array_equal(t, t0)
    assert gradient.flags.writeable and not np.may_share_memory(gradient, z)


@every
def test_lists_and_single_numbers(loss):
    z, t = example(loss)
    assert loss(z.tolist(), t.tolist()) == loss(z, t)
    one, target = (z[0], t[0]) if loss is cross_entropy else (z[0, 0], t[0, 0])
    assert isinstance(loss(one, target), np.float64)
    assert loss(one, target) == pytest.approx(loss(one, target, "sum"))
    assert np.shape(loss.gradient(one, target)) == np.shape(one)


@every
def test_a_loss_is_a_function_with_a_name(loss):
    assert isinstance(loss, Loss) and repr(loss) == f"<Loss {loss.name}>"
    assert copy.deepcopy(loss) is loss and pickle.loads(pickle.dumps(loss)) is loss
    assert loss.output in ("sigmoid", "softmax", "identity") and loss.latex and loss.gradient_latex


# Errors.


@every
def test_unknown_reductions_are_refused(loss):
    z, t = example(loss)
    for reduction in ("average", None, ["mean"], 1):
        for call in (loss, loss.gradient):
            with pytest.raises(ValueError, match="^reduction must be 'mean', 'sum' or 'none', got ") as error:
                call(z, t, reduction=reduction)
            assert repr(reduction) in str(error.value)


@every
def test_shapes_must_fit(loss):
    z, t = example(loss)
    for targets in (t[:-1], t[..., None], t[None], np.zeros((), t.dtype), t.ravel()[:3]):
        for call in (loss, loss.gradient):
            with pytest.raises(ValueError, match="^targets .*of shape .*, got .* of shape") as error:
                call(z, targets)
            assert str(np.shape(targets)) in str(error.value)
    # A column beside a row broadcasts in NumPy, and is a mistake.
    if loss is not cross_entropy:
        with pytest.raises(ValueError, match=r"of shape \(7, 1\), got .* of shape \(7,\)"):
            loss(z[:, :1], t[:, 0])


@every
def test_what_is_not_real_is_refused(loss):
    z, t = example(loss)
    for bad in (z.astype(complex), z.astype(str), z.astype(object), None):
        with pytest.raises(TypeError, match="^predictions must hold real numbers"):
            loss(bad, t)
    for bad in (t.astype(complex), t.astype(str), t.astype(object)):
        with pytest.raises(TypeError, match="^targets must hold real numbers"):
            loss(z, bad)


@every
def test_a_mean_needs_examples(loss):
    z, t = example(loss)
    for reduction, value in (("sum", 0), ("none", None)):
        empty = loss(z[:0], t[:0], reduction)
        assert empty == value if value is not None else empty.size == 0
    with pytest.raises(ValueError, match=r"^predictions must hold at least one example.*got shape \(0, 4\)$"):
        loss(z[:0], t[:0])


def test_labels_must_be_classes():
    z, t = example(cross_entropy)
    for bad in (-1, 4, 100):
        wrong = t.copy()
        wrong[3] = bad
        with pytest.raises(
            ValueError, match=rf"^targets must be labels from 0 to 3, got {bad} at index \(3,\)$"
        ):
            cross_entropy(z, wrong)
    with pytest.raises(
        ValueError, match=r"^targets must be labels \(whole numbers\) or .*got float64 of shape \(7,\)"
    ):
        cross_entropy(z, t.astype(float))
    with pytest.raises(
        ValueError, match=r"whole numbers are labels; .* of shape \(7,\), got int64 of shape \(7, 4\)"
    ):
        cross_entropy(z, np.eye(4, dtype=int)[t])
    for shape in ((), (3, 0)):
        with pytest.raises(ValueError, match="^predictions must hold one logit per class on the last axis"):
            cross_entropy(np.zeros(shape), 0)


def test_probabilities_must_be_probabilities():
    z, p = example(cross_entropy)[0], probabilities((7, 4))
    for value in (-0.1, NAN, -INF):
        wrong = p.copy()
        wrong[2, 1] = value
        with pytest.raises(
            ValueError, match=rf"^targets must be probabilities, got {value} at index \(2, 1\)$"
        ):
            cross_entropy(z, wrong)
    for scale in (0.9, 1.1, INF):
        wrong = p.copy()
        wrong[4] *= scale
        with pytest.raises(
            ValueError, match=r"^targets must sum to 1 over the classes, got .* at index \(4,\)$"
        ):
            cross_entropy(z, wrong)
    assert cross_entropy(z, p.astype(np.float16)) == pytest.approx(cross_entropy(z, p), rel=1e-2)


def test_binary_labels_must_lie_between_zero_and_one():
    z, t = example(binary_cross_entropy)
    for value in (-0.5, 1.5, 2):
        wrong = t.astype(float)
        wrong[0, 3] = value
        with pytest.raises(
            ValueError, match=rf"^targets must lie between 0 and 1, got {float(value)} at index \(0, 3\)$"
        ):
            binary_cross_entropy(z, wrong)


@pytest.mark.parametrize("loss", [binary_cross_entropy, mean_squared_error], ids=lambda loss: loss.name)
def test_targets_must_be_finite(loss):
    z, t = example(loss)
    for value in (NAN, INF, -INF):
        wrong = t.astype(float)
        wrong[6, 0] = value
        with pytest.raises(ValueError, match=rf"^targets must be finite, got {value} at index \(6, 0\)$"):
            loss(z, wrong)

import inspect
import math
from functools import partial

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from scipy.integrate import quad
from scipy.stats import norm

from activations import elu, leaky_relu, relu, sigmoid, softplus, step, tanh
from activations.initialisers import (
    he,
    initialiser_for,
    initialisers,
    lecun,
    normal,
    scaled,
    siren,
    suited,
    torch_default,
    xavier,
)

M, N = 300, 500  # inputs and outputs: different, so that one is not taken for the other

# The variance of the weights and the bound of the biases, each from its paper.
CASES = {
    "xavier": (xavier, {}, 2 / (M + N), 0),
    "xavier gain": (xavier, {"gain": 5 / 3}, 2 * (5 / 3) ** 2 / (M + N), 0),
    "xavier normal": (xavier, {"distribution": "normal"}, 2 / (M + N), 0),
    "he": (he, {}, 2 / M, 0),
    "he leaky": (he, {"negative_slope": 0.5}, 2 / (1.25 * M), 0),
    "he uniform": (he, {"distribution": "uniform"}, 2 / M, 0),
    "lecun": (lecun, {}, 1 / M, 0),
    "lecun uniform": (lecun, {"distribution": "uniform"}, 1 / M, 0),
    "scaled": (scaled, {"scale": 16}, 16 / M, 0),
    "normal": (normal, {}, 1e-4, 0),
    "normal std": (normal, {"std": 0.3}, 0.09, 0),
    "torch_default": (torch_default, {}, 1 / (3 * M), 1 / math.sqrt(M)),
    "siren": (siren, {}, 6 / M / 30**2 / 3, 1 / math.sqrt(M)),
    "siren omega": (siren, {"omega": 10.0}, 6 / M / 10**2 / 3, 1 / math.sqrt(M)),
    "siren first": (siren, {"first": True}, 1 / M**2 / 3, 1 / math.sqrt(M)),
}
UNIFORM = {"xavier", "xavier gain", "he uniform", "lecun uniform", "torch_default"} | {
    case for case in CASES if case.startswith("siren")
}


@pytest.mark.parametrize("case", CASES)
def test_weights_have_the_variance_of_the_paper(case):
    initialiser, options, variance, _ = CASES[case]
    weights, _ = initialiser(np.random.default_rng(1), M, N, **options)
    assert weights.shape == (M, N)
    # 150 000 draws: the mean is off by std/387, the variance by a share of √2/387 or less
    assert abs(weights.mean()) < 4 * math.sqrt(variance / weights.size)
    assert abs(weights.var() / variance - 1) < 0.015


@pytest.mark.parametrize("case", CASES)
def test_weights_have_the_distribution_of_the_paper(case):
    initialiser, options, variance, _ = CASES[case]
    weights, _ = initialiser(np.random.default_rng(1), M, N, **options)
    largest = np.abs(weights).max() / math.sqrt(variance)
    if case in UNIFORM:
        assert 0.999 * math.sqrt(3) < largest <= math.sqrt(3)
    else:
        assert 4 < largest < 6


@pytest.mark.parametrize("case", CASES)
def test_biases_are_those_of_the_paper(case):
    initialiser, options, _, bound = CASES[case]
    _, biases = initialiser(np.random.default_rng(1), M, N, **options)
    assert biases.shape == (N,)
    if bound == 0:
        assert not biases.any()
    else:
        assert 0.98 * bound < np.abs(biases).max() <= bound
        assert abs(biases.var() / (bound**2 / 3) - 1) < 0.15


@pytest.mark.parametrize("case", CASES)
def test_draws_come_from_the_generator_alone(case):
    initialiser, options, _, _ = CASES[case]
    one, same, other = (initialiser(np.random.default_rng(seed), 4, 3, **options)[0] for seed in (1, 1, 2))
    assert_array_equal(one, same)
    assert (one != other).any()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (xavier, torch.nn.init.xavier_uniform_),
        (partial(xavier, distribution="normal"), torch.nn.init.xavier_normal_),
        (partial(he, negative_slope=0.2), partial(torch.nn.init.kaiming_normal_, a=0.2)),
        (partial(he, distribution="uniform"), partial(torch.nn.init.kaiming_uniform_, nonlinearity="relu")),
    ],
    ids=["xavier uniform", "xavier normal", "he leaky", "he uniform"],
)
def test_spread_agrees_with_pytorch(ours, theirs):
    torch.manual_seed(0)
    weights = theirs(torch.empty(N, M)).numpy()
    assert abs(ours(np.random.default_rng(1), M, N)[0].std() / weights.std() - 1) < 0.01


def test_torch_default_is_that_of_a_linear_layer():
    torch.manual_seed(0)
    layer = torch.nn.Linear(M, N)
    weights, biases = torch_default(np.random.default_rng(1), M, N)
    assert abs(weights.std() / layer.weight.detach().numpy().std() - 1) < 0.01
    assert abs(biases.std() / layer.bias.detach().numpy().std() - 1) < 0.1
    assert abs(np.abs(weights).max() / layer.weight.detach().abs().max().item() - 1) < 0.001


def test_names_find_the_functions():
    assert initialisers["glorot"] is initialisers["xavier"] is xavier
    assert initialisers["kaiming"] is initialisers["he"] is he
    functions = {f for f in initialisers.values()}
    assert {f.__name__ for f in functions} == {
        name for name in initialisers if name not in ("glorot", "kaiming")
    }
    for name, function in initialisers.items():
        if "first" not in inspect.signature(function).parameters:
            assert initialiser_for(name, 0) is initialiser_for(name, 3) is function


@pytest.mark.parametrize(
    "choice", ["siren", siren, partial(siren, omega=10.0)], ids=["name", "function", "partial"]
)
def test_siren_is_told_which_layer_is_the_first(choice):
    rng = np.random.default_rng
    omega = choice.keywords["omega"] if isinstance(choice, partial) else 30
    assert_array_equal(initialiser_for(choice, 0)(rng(1), 8, 9)[0], siren(rng(1), 8, 9, first=True)[0])
    assert_array_equal(initialiser_for(choice, 1)(rng(1), 8, 9)[0], siren(rng(1), 8, 9, omega=omega)[0])


@pytest.mark.parametrize("choice", ["his", None, 3, ["he"]])
def test_unknown_initialisers_are_refused(choice):
    with pytest.raises(ValueError, match="initialiser must be a function or one of xavier, glorot, he"):
        initialiser_for(choice, 0)


@pytest.mark.parametrize("function", sorted(set(initialisers.values()), key=lambda f: f.__name__))
def test_fans_must_be_positive(function):
    for fans, name in (((0, 3), "fan_in"), ((3, 0), "fan_out"), ((-1, 3), "fan_in")):
        with pytest.raises(ValueError, match=f"{name} must be above 0 and finite"):
            function(np.random.default_rng(0), *fans)


@pytest.mark.parametrize(
    ("function", "name"), [(xavier, "gain"), (scaled, "scale"), (normal, "std"), (siren, "omega")]
)
@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan])
def test_illegal_options_are_refused(function, name, value):
    with pytest.raises(ValueError, match=f"{name} must be above 0 and finite"):
        function(np.random.default_rng(0), 3, 4, **{name: value})


@pytest.mark.parametrize("function", [xavier, he, lecun, scaled])
def test_unknown_distributions_are_refused(function):
    with pytest.raises(ValueError, match="distribution must be 'normal' or 'uniform', got 'cauchy'"):
        function(np.random.default_rng(0), 3, 4, distribution="cauchy")


# Weights that suit a function.


@pytest.mark.parametrize("record", [elu, leaky_relu, relu, sigmoid, softplus, tanh], ids=lambda r: r.name)
def test_suited_weights_keep_the_gradient(record):
    def integrand(z):
        return record.derivative(z) ** 2 * norm.pdf(z)

    mean_square = quad(integrand, -10, 0)[0] + quad(integrand, 0, 10)[0]
    assert suited(record).scale == pytest.approx(1 / mean_square, rel=1e-4)
    weights, _ = suited(record)(np.random.default_rng(0), M, N)
    assert weights.var() * M == pytest.approx(1 / mean_square, rel=0.02)


def test_suited_takes_parameters():
    assert suited(leaky_relu, negative_slope=1.0).scale == pytest.approx(1)


def test_suited_biases_cancel_the_value_at_0():
    weights, biases = suited(sigmoid)(np.random.default_rng(0), M, N)
    np.testing.assert_allclose(sigmoid(np.zeros(M)) @ weights + biases, 0, atol=1e-12)
    assert not suited(sigmoid)(np.random.default_rng(0), M, N, first=True)[1].any()
    assert not suited(relu)(np.random.default_rng(0), M, N)[1].any()


def test_no_weights_suit_a_flat_function():
    with pytest.raises(ValueError, match="step has the slope 0"):
        suited(step)

"""The stored results of the chapter on training are those that tools/sweep.py computes, and complete."""

import json

import numpy as np
import pytest
import sweep

from activations import catalogue

STORE = json.loads(sweep.STORE.read_text(encoding="utf-8"))

# Between two machines sums are rounded differently, and after some hundred steps a few images may fall the other way.
IMAGES = 6
THOUSANDTHS = 30


def test_every_experiment_is_stored():
    assert list(STORE) == list(sweep.EXPERIMENTS)
    assert sweep.STORE.stat().st_size < 100_000
    assert list(STORE["digits"]) == list(STORE["diabetes"]) == sweep.contestants()


def test_every_elementwise_function_takes_part_or_has_a_twin():
    elementwise = {name for name, record in catalogue.items() if hasattr(record, "df")}
    assert elementwise - set(sweep.contestants()) == set(sweep.TWINS)
    x = np.linspace(-3, 3, 61)
    for twin, name in zip(sweep.TWINS, ("identity", "relu", "elu"), strict=True):
        np.testing.assert_allclose(catalogue[twin](x), catalogue[name](x))


def test_shapes():
    for runs in STORE["digits"].values():
        for counts in runs.values():
            assert np.shape(counts) == (len(sweep.RATES), sweep.REPEATS)
    for runs in STORE["diabetes"].values():
        assert np.shape(runs["test"]) == (len(sweep.RATES), sweep.REPEATS)


def test_units_with_two_inputs_have_as_many_weights():
    counts = [sweep.network(64, 10, name).parameters.size for name in ("relu", "swiglu", "maxout")]
    assert max(counts) / min(counts) < 1.01


# The first repeat of some runs, which take a second or so each.


@pytest.mark.parametrize("name", ["relu", "sigmoid", "swiglu"])
def test_digits(name):
    found = sweep.race(name, repeats=1)
    for key in ("validation", "test"):
        stored = np.array(STORE["digits"][name][key])[:, :1]
        # A rate that is too large for the function makes a run chaotic.
        calm = slice(0, 2)
        assert np.abs(np.array(found[key]) - stored)[calm].max() <= IMAGES


@pytest.mark.parametrize("name", ["relu", "tanh"])
def test_diabetes(name):
    found = sweep.fit(name, repeats=1)
    stored = np.array(STORE["diabetes"][name]["test"])[:2, :1]
    assert np.abs(np.array(found["test"])[:2] - stored).max() <= THOUSANDTHS


def test_factors():
    found = sweep.race("tanh", start="torch_default", rates=sweep.RATES[:3], repeats=1)["test"]
    stored = np.array(STORE["factors"]["tanh"]["torch_default"])[:, :1]
    assert np.abs(np.array(found) - stored)[:2].max() <= IMAGES


def test_sizes():
    found = sweep.size_race("tanh", 100, repeats=1)
    for key, counts in found.items():
        stored = np.array(STORE["sizes"]["tanh"]["100"][key])[:, :1]
        assert np.abs(np.array(counts) - stored).max() <= IMAGES


def test_depth():
    found = sweep.depth_race("tanh", "suited", 5, repeats=1)
    for key, counts in found.items():
        stored = np.array(STORE["depth"]["tanh"]["suited"]["5"][key])[:, :1]
        assert np.abs(np.array(counts) - stored).max() <= IMAGES


def test_starts():
    found = sweep.start_race("relu", "torch_default", 8, repeats=1)
    stored = np.array(STORE["starts"]["relu torch_default"]["8"]["validation"])[:, :1]
    assert np.abs(np.array(found["validation"]) - stored)[0].max() <= IMAGES

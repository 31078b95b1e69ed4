import socket

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from activations import data


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    def refuse(*_):
        raise AssertionError("data must not be downloaded")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_digits_are_all_there_centred_and_of_unit_variance():
    x, y, x_test, y_test = data.digits()
    assert len(x) + len(x_test) == len(y) + len(y_test) == 1797
    assert_allclose(x.mean(axis=0), 0, atol=1e-12)
    assert_allclose(x.var(), 1)
    assert set(y) == set(y_test) == set(range(10))
    assert np.abs(x_test).max() < 5
    original = data.digits(
        test=0.5
    )  # the same pictures, whatever the split: brightness is whole to one scale
    both = np.concatenate([original.x, original.x_test])
    steps = np.unique((both - both.min(axis=0))[:, 20].round(6))
    assert len(steps) == 17


def test_diabetes_is_all_there_and_standardised():
    x, y, x_test, y_test = data.diabetes()
    assert len(x) + len(x_test) == len(y) + len(y_test) == 442
    assert y.shape == (len(x), 1)
    for part in (x, y):
        assert_allclose(part.mean(axis=0), 0, atol=1e-12)
        assert_allclose(part.std(axis=0), 1)
    solution = np.linalg.lstsq(x, y, rcond=None)[0]
    assert 0.4 < ((x @ solution - y) ** 2).mean() < 0.6  # as known: half of the variance is explained


@pytest.mark.parametrize("load", [data.digits, data.diabetes])
def test_the_test_part_is_measured_by_the_training_part(load):
    split = load()
    assert np.abs(split.x_test.mean(axis=0)).max() > 0.01
    assert np.abs(split.x_test.std(axis=0) - split.x.std(axis=0)).max() > 0.01


@pytest.mark.parametrize("load", [data.digits, data.diabetes])
def test_splits_share_no_example_and_depend_on_the_seed(load):
    for again in range(2):
        one, same, other = load(seed=3), load(seed=3), load(seed=4)
        for a, b in zip(one, same, strict=True):
            assert_array_equal(a, b)
        assert one.x.shape == other.x.shape
        assert (one.x != other.x).any(), again
    train = {row.tobytes() for row in one.x}
    assert not train & {row.tobytes() for row in one.x_test}
    small = load(test=0.1)
    assert round(len(small.x_test) / (len(small.x) + len(small.x_test)), 2) == 0.1


@pytest.mark.parametrize("load", [data.digits, data.diabetes])
@pytest.mark.parametrize("test", [0, 1, -0.1, float("nan")])
def test_illegal_shares_are_refused(load, test):
    with pytest.raises(ValueError, match="test must be a share between 0 and 1"):
        load(test=test)


def test_xor_labels_unequal_signs():
    x, y = data.xor(400, noise=0.2, seed=1)
    assert_array_equal(y, (x[:, 0] > 0) != (x[:, 1] > 0))
    assert_array_equal(np.bincount(y), [200, 200])
    assert abs((x - np.sign(x)).std() - 0.2) < 0.02


def test_moons_lie_on_two_half_circles():
    x, y = data.moons(100, noise=0)
    assert_array_equal(np.bincount(y), [50, 50])
    for label, centre, side in ((0, [-0.5, -0.25], 1), (1, [0.5, 0.25], -1)):
        arc = x[y == label] - centre
        assert_allclose(np.hypot(*arc.T), 1)
        assert (side * arc[:, 1] > -1e-12).all()
        assert_allclose([arc[:, 0].min(), arc[:, 0].max()], [-1, 1])
    crossing = [a for a in (0, 1) if np.any(x[y == a][:, 1] * (1 - 2 * a) < 0)]
    assert crossing == [0, 1]  # they interleave: each reaches over the middle


def test_spirals_wind_around_the_centre():
    x, y = data.spirals(300, turns=2, classes=3, noise=0)
    assert_array_equal(np.bincount(y), [100, 100, 100])
    radius = np.hypot(*x.T)
    assert_allclose([radius.min(), radius.max()], [0.1, 1])
    for label in range(3):
        angle = np.unwrap(np.arctan2(x[y == label, 1], x[y == label, 0]))
        assert_allclose(angle[-1] - angle[0], 2 * np.pi * 2 * np.ptp(radius[y == label]))


@pytest.mark.parametrize("make", [data.moons, data.spirals, data.xor])
def test_made_points_come_from_the_seed(make):
    one, same, other, clean = (make(40, noise=n, seed=s) for n, s in ((0.1, 1), (0.1, 1), (0.1, 2), (0, 1)))
    assert_array_equal(one[0], same[0])
    assert (one[0] != other[0]).all()
    assert_array_equal(one[1], clean[1])
    assert abs((one[0] - clean[0]).std() - 0.1) < 0.02


@pytest.mark.parametrize(
    ("kind", "x", "y"),
    [
        ("sine", 0.5, 1.0),
        ("chirp", -0.5, 0.0),
        ("chirp", -1 + 0.125**0.5, 1.0),
        ("step", 0.0, -1.0),
        ("step", 0.1, 1.0),
        ("corner", -0.5, 0.5),
        ("bump", 0.5, np.exp(-5)),
        (np.cos, 1.0, np.cos(1)),
    ],
)
def test_signals_have_known_values(kind, x, y):
    positions, values = data.signal(kind, n=3, low=x, high=x + 1)
    assert positions.shape == values.shape == (3, 1)
    assert_allclose([positions[0, 0], values[0, 0]], [x, y], atol=1e-12)
    noisy = data.signal(kind, n=500, noise=0.3, seed=1)[1] - data.signal(kind, n=500)[1]
    assert abs(noisy.std() - 0.3) < 0.03


@pytest.mark.parametrize("name", ["china", "flower"])
def test_image_is_a_grey_square_of_block_means(name):
    small, large = data.image(name, 16), data.image(name, 32)
    assert small.shape == (16, 16)
    assert 0 <= large.min() < 0.2
    assert 0.7 < large.max() <= 1
    # 427 pixels hold 16 blocks of 26 and 32 of 13, over the same square
    assert_allclose(large.reshape(16, 2, 16, 2).mean(axis=(1, 3)), small)


def test_coordinates_follow_the_order_of_the_image():
    grid = data.coordinates(5)
    rows = grid[:, 0].reshape(5, 5)
    columns = grid[:, 1].reshape(5, 5)
    assert_allclose(rows, np.linspace(-1, 1, 5)[:, None].repeat(5, axis=1))
    assert_allclose(columns, rows.T)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: data.xor(0), "n must be at least 1, got 0"),
        (lambda: data.moons(0), "n must be at least 1, got 0"),
        (lambda: data.spirals(0), "n must be at least 1, got 0"),
        (lambda: data.signal(n=0), "n must be at least 1, got 0"),
        (lambda: data.coordinates(0), "size must be at least 1, got 0"),
        (lambda: data.xor(noise=-1), "noise must be at least 0, got -1"),
        (lambda: data.signal(noise=float("nan")), "noise must be at least 0, got nan"),
        (lambda: data.spirals(classes=1), "classes must be at least 2, got 1"),
        (
            lambda: data.signal("cosine"),
            "kind must be a function or one of sine, chirp, step, corner, bump, got 'cosine'",
        ),
        (lambda: data.signal(low=1, high=1), "low must be below high, got 1 and 1"),
        (lambda: data.image("lena"), "name must be 'china' or 'flower', got 'lena'"),
        (lambda: data.image(size=0), "size must be from 1 to 427, got 0"),
        (lambda: data.image(size=428), "size must be from 1 to 427, got 428"),
    ],
)
def test_illegal_arguments_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()

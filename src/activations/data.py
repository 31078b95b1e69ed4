"""Data for the experiments of the course: two real sets, some made ones, a picture. Nothing is downloaded.

The real ones ship with scikit-learn. Whatever is drawn comes from a seed, so it is the same on every machine.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = [
    "Split",
    "coordinates",
    "diabetes",
    "digits",
    "image",
    "moons",
    "signal",
    "signals",
    "spirals",
    "xor",
]


class Split(NamedTuple):
    """A data set in two parts: what to train on, and what to test on.

    Parameters
    ----------
    x, x_test : numpy.ndarray
        Inputs, one example per row.
    y, y_test : numpy.ndarray
        Labels (integers, one per example) or targets (one row per example).

    Examples
    --------
    >>> x, y, x_test, y_test = digits()
    """

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def digits(test: float = 0.25, seed: int = 0) -> Split:
    """Return 1797 handwritten digits of 8×8 pixels, standardised and split.

    Parameters
    ----------
    test : float, default 0.25
        The share of examples to keep for testing; above 0 and below 1.
    seed : int, default 0
        Which split.

    Returns
    -------
    Split
        Inputs of 64 pixels, each with mean 0 over the training part, and labels from 0 to 9.

    Raises
    ------
    ValueError
        If `test` does not lie between 0 and 1.

    Notes
    -----
    All pixels are divided by one standard deviation, so that their variance is 1 on average. Divided each by
    its own, the pixels near the border, which are almost always blank, would reach 37.

    References
    ----------
    Alpaydın and Kaynak (1998), Optical recognition of handwritten digits, UCI machine learning repository.

    Examples
    --------
    >>> x, y, x_test, y_test = digits()
    >>> x.shape, y.shape, x_test.shape
    ((1348, 64), (1348,), (449, 64))
    """
    from sklearn.datasets import load_digits  # imported where needed: it takes a second

    x, y, x_test, y_test = _split(*load_digits(return_X_y=True), test, seed)
    mean, std = x.mean(axis=0), np.sqrt(x.var(axis=0).mean())
    return Split((x - mean) / std, y, (x_test - mean) / std, y_test)


def diabetes(test: float = 0.25, seed: int = 0) -> Split:
    """Return the progression of diabetes in 442 patients within a year, and ten measurements of each, split.

    Parameters
    ----------
    test : float, default 0.25
        The share of examples to keep for testing; above 0 and below 1.
    seed : int, default 0
        Which split.

    Returns
    -------
    Split
        Inputs of 10 measurements and targets of shape ``(n, 1)``, both with mean 0 and variance 1 over the
        training part. A mean squared error of 1 is that of always answering the mean.

    Raises
    ------
    ValueError
        If `test` does not lie between 0 and 1.

    References
    ----------
    Efron, Hastie, Johnstone and Tibshirani (2004), Least angle regression.

    Examples
    --------
    >>> x, y, x_test, y_test = diabetes()
    >>> x.shape, y.shape, x_test.shape
    ((332, 10), (332, 1), (110, 10))
    """
    from sklearn.datasets import load_diabetes

    inputs, targets = load_diabetes(return_X_y=True)
    split = _split(inputs, targets[:, None], test, seed)

    def standardised(values, train):
        return (values - train.mean(axis=0)) / train.std(axis=0)

    return Split(*(standardised(part, train) for part, train in zip(split, 2 * split[:2], strict=True)))


def _split(x, y, test, seed):
    """Shuffle and cut in two."""
    if not 0 < test < 1:
        raise ValueError(f"test must be a share between 0 and 1, got {test!r}")
    order = np.random.default_rng(seed).permutation(len(x))
    train, held_out = np.split(order, [round(len(x) * (1 - test))])
    return Split(x[train], y[train], x[held_out], y[held_out])


def xor(n: int = 4, noise: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return points at the corners of a square, labelled by exclusive or.

    Parameters
    ----------
    n : int, default 4
        How many points; they take turns at the four corners (±1, ±1).
    noise : float, default 0
        Standard deviation of the normal noise on the coordinates.
    seed : int, default 0
        Source of the noise.

    Returns
    -------
    x : numpy.ndarray
        Points, of shape ``(n, 2)``.
    y : numpy.ndarray
        Label 1 where the signs of the corner differ, else 0.

    Raises
    ------
    ValueError
        If `n` is not positive or `noise` is negative.

    Examples
    --------
    >>> x, y = xor()
    >>> print(x.tolist(), y)
    [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]] [0 1 1 0]
    """
    which = np.arange(_count(n)) % 4
    corners = np.stack([which // 2, which % 2], axis=1)
    return _noisy(2.0 * corners - 1, noise, seed), corners.sum(axis=1) % 2


def moons(n: int = 200, noise: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return two interleaved half circles, one per class.

    Parameters
    ----------
    n : int, default 200
        How many points.
    noise : float, default 0.1
        Standard deviation of the normal noise on the coordinates.
    seed : int, default 0
        Source of the noise.

    Returns
    -------
    x : numpy.ndarray
        Points, of shape ``(n, 2)``; the radius of the circles is 1.
    y : numpy.ndarray
        Labels 0 (upper) and 1 (lower).

    Raises
    ------
    ValueError
        If `n` is not positive or `noise` is negative.

    Examples
    --------
    >>> x, y = moons(noise=0)
    >>> x.shape, int(y.sum())
    ((200, 2), 100)
    """
    y = np.arange(_count(n)) % 2
    angle = np.pi * (y + (np.arange(n) // 2) / max(1, (n - 1) // 2))
    centres = np.where(y[:, None], [0.5, 0.25], [-0.5, -0.25])
    return _noisy(centres + np.stack([np.cos(angle), np.sin(angle)], axis=1), noise, seed), y


def spirals(
    n: int = 300, turns: float = 1.0, classes: int = 2, noise: float = 0.02, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the arms of a spiral, one per class.

    Parameters
    ----------
    n : int, default 300
        How many points.
    turns : float, default 1
        How often each arm winds around the centre.
    classes : int, default 2
        How many arms; at least 2.
    noise : float, default 0.02
        Standard deviation of the normal noise on the coordinates.
    seed : int, default 0
        Source of the noise.

    Returns
    -------
    x : numpy.ndarray
        Points within about 1 of the centre, of shape ``(n, 2)``.
    y : numpy.ndarray
        Labels from 0 to ``classes - 1``.

    Raises
    ------
    ValueError
        If `n` is not positive, `classes` is below 2 or `noise` is negative.

    Examples
    --------
    >>> x, y = spirals(90, classes=3)
    >>> x.shape, np.bincount(y).tolist()
    ((90, 2), [30, 30, 30])
    """
    if classes < 2:
        raise ValueError(f"classes must be at least 2, got {classes!r}")
    y = np.arange(_count(n)) % classes
    radius = np.linspace(0.1, 1, n)
    angle = 2 * np.pi * (turns * radius + y / classes)
    arms = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _noisy(arms, noise, seed), y


signals: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sine": lambda x: np.sin(np.pi * x),
    "chirp": lambda x: np.sin(4 * np.pi * (x + 1) ** 2),
    "step": lambda x: np.where(x > 0, 1.0, -1.0),
    "corner": lambda x: np.abs(x),
    "bump": lambda x: np.exp(-20 * x * x),
}


def signal(
    kind: str | Callable = "sine",
    n: int = 200,
    low: float = -1.0,
    high: float = 1.0,
    noise: float = 0.0,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Return a function of one variable, sampled at equal distances.

    Parameters
    ----------
    kind : str or callable, default "sine"
        A function of an array, or a name in `signals`: ``"sine"`` :math:`\sin \pi x`, ``"chirp"``
        :math:`\sin 4\pi (x + 1)^2`, ``"step"`` (−1 up to 0, then 1), ``"corner"`` :math:`|x|`, ``"bump"``
        :math:`e^{-20 x^2}`.
    n : int, default 200
        How many samples.
    low, high : float, default -1 and 1
        Where they begin and end; `low` below `high`.
    noise : float, default 0
        Standard deviation of the normal noise on the values.
    seed : int, default 0
        Source of the noise.

    Returns
    -------
    x, y : numpy.ndarray
        Positions and values, both of shape ``(n, 1)``.

    Raises
    ------
    ValueError
        If there is no signal of that name, `n` is not positive, `noise` is negative or `low` is not below
        `high`.

    Examples
    --------
    >>> x, y = signal("corner", n=5)
    >>> y.ravel().tolist()
    [1.0, 0.5, 0.0, 0.5, 1.0]
    """
    if not callable(kind) and kind not in signals:
        raise ValueError(f"kind must be a function or one of {', '.join(signals)}, got {kind!r}")
    if not low < high:
        raise ValueError(f"low must be below high, got {low!r} and {high!r}")
    x = np.linspace(low, high, _count(n))[:, None]
    return x, _noisy((kind if callable(kind) else signals[kind])(x), noise, seed)


def image(name: str = "china", size: int = 48) -> np.ndarray:
    """Return a grey square from the middle of a photograph that ships with scikit-learn.

    Parameters
    ----------
    name : {"china", "flower"}, default "china"
        A temple, or a flower.
    size : int, default 48
        Pixels along each side, at most 427. Each is the mean of a square block of the photograph.

    Returns
    -------
    numpy.ndarray
        Brightness from 0 (black) to 1 (white), of shape ``(size, size)``.

    Raises
    ------
    ValueError
        If there is no such photograph, or `size` is out of range.

    Examples
    --------
    >>> picture = image(size=32)
    >>> picture.shape, bool(picture.min() >= 0), bool(picture.max() <= 1)
    ((32, 32), True, True)
    """
    from sklearn.datasets import load_sample_image

    if name not in ("china", "flower"):
        raise ValueError(f"name must be 'china' or 'flower', got {name!r}")
    # The weights of red, green and blue in brightness: ITU-R recommendation BT.601.
    grey = load_sample_image(f"{name}.jpg") @ np.array([0.299, 0.587, 0.114]) / 255
    if not 1 <= size <= min(grey.shape):
        raise ValueError(f"size must be from 1 to {min(grey.shape)}, got {size!r}")
    block = min(grey.shape) // size
    top, left = ((side - block * size) // 2 for side in grey.shape)
    square = grey[top : top + block * size, left : left + block * size]
    return square.reshape(size, block, size, block).mean(axis=(1, 3))


def coordinates(size: int) -> np.ndarray:
    """Return the centre of each pixel of a square image: what an implicit representation takes as its input.

    Parameters
    ----------
    size : int
        Pixels along each side.

    Returns
    -------
    numpy.ndarray
        Of shape ``(size * size, 2)``: row and column, each from −1 to 1, in the order of ``image.ravel()``.

    Raises
    ------
    ValueError
        If `size` is not positive.

    Examples
    --------
    >>> coordinates(2).tolist()
    [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]
    """
    axis = np.linspace(-1, 1, _count(size, "size"))
    return np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)


def _count(n, name="n"):
    if not n >= 1:
        raise ValueError(f"{name} must be at least 1, got {n!r}")
    return n


def _noisy(values, noise, seed):
    if not noise >= 0:
        raise ValueError(f"noise must be at least 0, got {noise!r}")
    return values + noise * np.random.default_rng(seed).standard_normal(values.shape)

"""Where functions are tested: points by regime, for each float dtype.

A formula that is right in the middle can lose every digit in a tail, next to a joint, or where an
intermediate result overflows. Each regime below has its own points; none of them depends on the function
but the joints.
"""

import math

import numpy as np

DTYPES = (np.float64, np.float32)


def dense(dtype, count=700) -> np.ndarray:
    """The interval [-10, 10]: random floats with full mantissas, and multiples of 1/8, which hit most joints."""
    random = np.random.default_rng(20_240_101).uniform(-10, 10, count)
    return np.concatenate([random, np.linspace(-10, 10, 161)]).astype(dtype)


def logarithmic(dtype, count=60) -> np.ndarray:
    """Every order of magnitude from the smallest subnormal to near the largest float, of both signs."""
    info = np.finfo(dtype)
    low, high = math.log10(float(info.smallest_subnormal)), math.log10(float(info.max))
    return _both_signs(10.0 ** np.linspace(low + 0.5, high - 0.1, 2 * count), dtype)


def tails(dtype, count=150) -> np.ndarray:
    """From 10 to where exp underflows past the smallest subnormal, and a little beyond."""
    end = -math.log(float(np.finfo(dtype).smallest_subnormal)) + 20
    return _both_signs(np.random.default_rng(7).uniform(10, end, count), dtype)


def subnormal(dtype) -> np.ndarray:
    """Around zero and around the smallest normal number."""
    info = np.finfo(dtype)
    tiny, least = float(info.smallest_normal), float(info.smallest_subnormal)
    values = [least, 2 * least, tiny / 3, tiny - least, tiny, 3 * tiny]
    return np.concatenate([[0.0], _both_signs(values, dtype)])


def overflow(dtype) -> np.ndarray:
    """Where x, x², x³ or exp(x) reaches the largest float."""
    largest = float(np.finfo(dtype).max)
    logarithm = math.log(largest)
    edges = [largest / 2, largest ** (1 / 2), largest ** (1 / 3), logarithm, logarithm + 1]
    steps = 1 + np.array([-2, -1, 0, 1, 2]) * float(np.finfo(dtype).eps)
    return _both_signs([largest, *np.multiply.outer(edges, steps).ravel()], dtype)


def around_joints(joints, dtype, steps=3) -> np.ndarray:
    """Each joint and its nearest floats on either side."""
    points = []
    for joint in joints:
        left = right = dtype(joint)
        points.append(left)
        for _ in range(steps):
            left, right = np.nextafter(left, dtype(-np.inf)), np.nextafter(right, dtype(np.inf))
            points += [left, right]
    return np.array(points, dtype)


def everywhere(dtype, joints=()) -> np.ndarray:
    """All regimes together, sorted, each point once."""
    regimes = (dense, logarithmic, tails, subnormal, overflow)
    points = np.concatenate([*(regime(dtype) for regime in regimes), around_joints(joints, dtype)])
    return np.unique(points.astype(dtype))


def _both_signs(values, dtype) -> np.ndarray:
    values = np.asarray(values).astype(dtype)
    return np.concatenate([-values, values])

"""Every metadata field of every record could be refuted here: each claim is compared with a measurement."""

import math
import re

import numpy as np
import oracle
import points
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser
from mpmath import mp, mpf
from records import ELEMENTWISE, RECORDS, by_name, by_setting

from activations import catalogue
from activations.core import Interval

# Dense where functions bend, and out to the largest float.
GRID = np.unique(np.concatenate([np.linspace(-60, 60, 48_001), points.everywhere(np.float64)]))
NOISE = 64 * np.finfo(np.float64).eps


def around(record, params):
    return np.unique(np.concatenate([GRID, points.around_joints(record.joints(**params), np.float64)]))


# Image.


@by_setting(ELEMENTWISE)
def test_image(record, params):
    image = record.image(**params)
    assert isinstance(image, Interval)
    y = record(around(record, params), **params)
    size = max((abs(v) for v in (image.low, image.high) if math.isfinite(v)), default=1.0)
    low, high, noise = y.min(), y.max(), NOISE * max(size, 1)
    for claimed, measured, bracket in ((image.low, low, image.ends[0]), (image.high, high, image.ends[1])):
        if math.isinf(claimed):
            assert np.sign(measured) == np.sign(claimed) and abs(measured) > 1e300
        else:
            # Reached on a grid with steps of 1/400, so to within the square of a step times a curvature.
            assert measured == pytest.approx(claimed, abs=1e-4 * max(size, 1))
            assert (bracket in "[]") == (abs(measured - claimed) <= 1e-6), f"{bracket} but {measured}"
    assert image.low - noise <= low and high <= image.high + noise


# Monotone.


@by_setting(ELEMENTWISE)
def test_monotone(record, params):
    claimed = record.monotone(**params)
    assert isinstance(claimed, bool)
    y = record(around(record, params), **params)
    with np.errstate(invalid="ignore"):  # inf - inf, where exp has overflowed
        falls = np.nanmin(np.diff(y) / np.maximum(np.abs(y[1:]), 1e-300))
    if claimed:
        assert falls > -NOISE, f"falls by {-falls} of its size"
    else:
        assert falls < -1e-4, "never falls on the grid"


# Joints and smoothness.

ORDERS = 5  # derivatives compared at a joint
STEP = mpf(10) ** -12  # more than a joint is rounded by, and so little that curvature does not show


def one_sided(f, x, side):
    """Value and derivatives of f from one side, by differences."""
    values = [f(x + side * (i + 1) * STEP) for i in range(ORDERS + 1)]
    found = []
    for order in range(ORDERS + 1):
        difference = sum((-1) ** (order - i) * math.comb(order, i) * values[i] for i in range(order + 1))
        found.append(difference / (side * STEP) ** order)
    return found


def continuous_derivatives(name, joint, params):
    """How many derivatives agree on both sides: -1 for a jump, inf if all that are compared agree."""
    f, exact = oracle.ELEMENTWISE[name].value, oracle.numbers(params)
    with mp.workdps(300):
        left, right = (one_sided(lambda x: f(x, **exact), mpf(joint), side) for side in (-1, 1))
        for order, (a, b) in enumerate(zip(left, right, strict=True)):
            if abs(a - b) > mpf(10) ** -6 * (1 + abs(a) + abs(b)):
                return order - 1
    return math.inf


@by_setting(ELEMENTWISE)
def test_smoothness_at_the_joints(record, params):
    bound = record.bind(**params)
    measured = [continuous_derivatives(record.name, joint, bound) for joint in record.joints(**params)]
    assert record.smoothness(**params) == min(measured, default=math.inf)
    if not params:
        assert all(math.isfinite(k) for k in measured), "a joint where nothing happens"


def find_joint(f, low, high, resolution):
    """Close in on the largest jump of f between low and high; None if f turns out to be continuous there."""
    while high - low > resolution:
        x = [low + (high - low) * i / 8 for i in range(9)]
        y = [f(v) for v in x]
        jumps = [abs(b - a) for a, b in zip(y, y[1:], strict=False)]
        if max(jumps) < 1e-3:
            return None
        i = jumps.index(max(jumps))
        low, high = x[i], x[i + 1]
    return (low + high) / 2


@by_setting(ELEMENTWISE)
def test_no_joint_is_missing(record, params):
    """Value, first and second derivative jump nowhere but at the joints."""
    entry, bound = oracle.ELEMENTWISE[record.name], oracle.numbers(record.bind(**params))
    joints = record.joints(**params)

    def second(x):
        step = mpf(10) ** -25
        return (entry.derivative(x + step, **bound) - entry.derivative(x - step, **bound)) / (2 * step)

    with mp.workdps(60):
        rules = {
            "value": lambda x: entry.value(x, **bound),
            "derivative": lambda x: entry.derivative(x, **bound),
            "second derivative": second,
        }
        grid = [mpf(i) / 2 + mpf("0.0123") for i in range(-24, 24)]
        for name, f in rules.items():
            y = [f(x) for x in grid]
            steepest = sorted(range(len(grid) - 1), key=lambda i: -abs(y[i + 1] - y[i]))[:6]
            for i in steepest:
                found = find_joint(f, grid[i], grid[i + 1], mpf(10) ** -9)
                if found is not None:
                    assert any(abs(found - joint) < 1e-6 for joint in joints), (
                        f"{name} jumps at {float(found)}"
                    )


# Derived facts.


@by_setting(ELEMENTWISE)
def test_bounded(record, params):
    y = record(GRID, **params)
    assert record.bounded(**params) == (np.max(np.abs(y)) < 1e6)


@by_setting(ELEMENTWISE)
def test_zero_centred(record, params):
    f, exact = oracle.ELEMENTWISE[record.name].value, oracle.numbers(record.bind(**params))
    x = [mpf(v) for v in (0.1, 0.7, 1.3, 2.9, 6.5, 17.0)]
    odd = all(abs(f(-v, **exact) + f(v, **exact)) < mpf(10) ** -40 for v in x)
    assert record.zero_centred(**params) == odd


@by_setting(ELEMENTWISE)
def test_saturates(record, params):
    bound = record.bind(**params)
    sides = {"left": -1, "right": 1}
    limits = {side: oracle.limit(record.name, "derivative", sign, bound) for side, sign in sides.items()}
    assert record.saturates(**params) == tuple(side for side, limit in limits.items() if limit == 0)


@by_setting(ELEMENTWISE)
def test_max_slope(record, params):
    x = points.everywhere(np.float64, record.joints(**params))
    exact = oracle.reference(record.name, "derivative", x, record.bind(**params)).high
    far = [oracle.limit(record.name, "derivative", side, record.bind(**params)) for side in (-1, 1)]
    assert record.max_slope(**params) == pytest.approx(np.nanmax(np.abs([*exact, *far])), rel=2e-3)


# Formulas, sources, spellings.

CASES = re.compile(r"\\begin{cases}(.*?)\\end{cases}", re.DOTALL)


# What MathJax knows and matplotlib spells otherwise.
MATHTEXT = {r"\\[lr]Vert\b": r"\\|", r"\\le\b": r"\\leq", r"\\ge\b": r"\\geq", r"\\text\b": r"\\mathrm"}


def pieces(latex):
    """A formula without `cases`, which matplotlib cannot set, and the contents of each."""
    yield CASES.sub(r"\\{ \\}", latex)
    for block in CASES.findall(latex):
        for cell in re.split(r"\\\\|&", block):
            yield cell.strip()


@by_name()
@pytest.mark.parametrize("field", ["latex", "derivative_latex"])
def test_formulas_can_be_set(record, field):
    latex = getattr(record, field)
    assert latex.strip() and "$" not in latex
    assert latex.count("{") == latex.count("}")
    parser = MathTextParser("path")
    for piece in pieces(latex):
        for longer, shorter in MATHTEXT.items():
            piece = re.sub(longer, shorter, piece)
        assert parser.parse(f"${piece}$", 72, FontProperties())


@pytest.fixture(scope="session")
def keys(root):
    return set(
        re.findall(r"^@\w+\{([^,\s]+),", (root / "references.bib").read_text(encoding="utf-8"), re.MULTILINE)
    )


@by_name()
def test_source_is_in_the_bibliography(record, keys):
    assert record.source in keys


def test_every_publication_is_cited(root, keys):
    pages = [*root.glob("*.md"), *root.glob("reference/*.md"), *root.glob("*/*/*.ipynb")]
    cited = {record.source for record in RECORDS}
    for page in pages:
        for listed in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", page.read_text(encoding="utf-8")):
            cited |= {key.strip() for key in listed.split(",")}
    assert keys - cited == set()


@by_name()
def test_docstring_names_the_source(record):
    # The key is surname, year and first word of the title, or the name of a program.
    author, year = re.fullmatch(r"([a-z]+)(\d{4}|)[a-z0-9]*", record.source).groups()
    text = record.__doc__.partition("References\n")[2]
    assert year in text and author in text.lower().replace(" ", "").replace("-", "")


@by_name()
def test_spellings_are_complete(record):
    assert set(record.frameworks) <= {"torch", "keras", "jax", "onnx"}
    for spelling in record.frameworks.values():
        assert set(spelling.names) | set(spelling.defaults) <= set(record.params)


@by_name()
def test_parameters_are_described(record):
    for name, param in record.params.items():
        assert param.doc and not param.doc.endswith(".")
        if isinstance(param.bounds, Interval):
            assert param.default in param.bounds
            if name != "axis":
                low, high, step = param.slider
                assert low < high and 0 < step <= high - low
                assert low <= param.default <= high
                for v in (low, high):
                    assert v in param.bounds
        elif isinstance(param.bounds, tuple):
            assert param.default in param.bounds and len(param.bounds) > 1


@by_name()
def test_names_and_aliases_lead_to_the_record(record):
    for name in (record.name, *record.aliases):
        assert catalogue[name] is record and name in catalogue
        assert name.isidentifier() and name == name.lower()


def test_families_hold_every_record_once():
    together = [record for records in catalogue.families.values() for record in records]
    assert together == RECORDS
    assert all(
        record.family == family for family, records in catalogue.families.items() for record in records
    )


def test_an_unknown_name_gets_a_hint():
    with pytest.raises(KeyError, match="did you mean 'relu"):
        catalogue["rely"]
    assert 3 not in catalogue and "rely" not in catalogue

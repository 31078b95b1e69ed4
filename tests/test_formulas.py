"""The formulas that the book prints are those that the package computes, conventions at the joints included."""

import formulas
import numpy as np
import pytest
from records import ELEMENTWISE, by_setting

# How the formulas write our parameters, and what else they name.
SYMBOLS = {
    "alpha": r"\alpha",
    "b": "b",
    "beta": r"\beta",
    "c": "c",
    "lambd": r"\lambda",
    "lower": r"\ell",
    "max_val": "u",
    "min_val": r"\ell",
    "negative_slope": "s",
    "offset": "b",
    "omega": r"\omega",
    "slope": "s",
    "threshold": r"\theta",
    "upper": "u",
    "value": "v",
    "weight": "w",
}


def symbols(record, params):
    found = {SYMBOLS[name]: value for name, value in record.bind(**params).items() if name in SYMBOLS}
    if record.name == "rrelu":
        found["s"] = (found[r"\ell"] + found["u"]) / 2
    if record.name == "selu":
        found |= {r"\lambda": 1.0507009873554805, r"\alpha": 1.6732632423543772}
    return found


@by_setting(ELEMENTWISE)
@pytest.mark.parametrize("field", ["latex", "derivative_latex"])
def test_formula(record, params, field):
    if "approximate" in params:
        return  # the formula is that of the default
    rule = record if field == "latex" else record.derivative
    joints = [joint for joint in record.joints(**params) if joint * 4096 == round(joint * 4096)]
    for x in [*np.linspace(-7.3, 7.1, 49).tolist(), *joints]:
        try:
            values = formulas.sides(getattr(record, field), {"x": x, **symbols(record, params)})
        except ZeroDivisionError:
            assert x in joints, f"the formula divides by zero at {x}"
            continue
        assert values == pytest.approx([rule(x, **params)] * len(values), rel=1e-9, abs=1e-11), f"at {x}"


def test_the_parser_reads_what_it_should():
    assert formulas.sides(r"2x^2 - |x - 5| e^{0} \frac{1}{2}", {"x": 3.0}) == [17.0]
    assert formulas.sides(r"\max(0, -x) / 2 = 1", {"x": -2.0}) == [1.0, 1.0]
    assert formulas.sides(
        r"\begin{cases} 1 & -1 < x \le 0 \\ 2 & \text{otherwise} \end{cases}", {"x": 0.0}
    ) == [1.0]
    assert formulas.sides(r"s x \quad s = x + 1", {"x": 2.0}) == [6.0]
    assert formulas.sides(r"\sin^2(x) + \cos^2 x", {"x": 0.3}) == pytest.approx([1.0])


@pytest.mark.parametrize("latex", [r"x +", r"\unknown(x)", r"(x", "x # 2", "y"])
def test_the_parser_refuses_what_it_cannot_read(latex):
    with pytest.raises(ValueError):
        formulas.sides(latex, {"x": 1.0})

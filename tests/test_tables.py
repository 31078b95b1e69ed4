"""Tables: text for a notebook, HTML for a page, and lines made from the records."""

from html.parser import HTMLParser

import numpy as np
import pytest
from records import RECORDS

from activations import catalogue, relu, softsign
from activations.core import Activation, Interval
from activations.tables import Table, facts, formulas, profile, spellings


class Texts(HTMLParser):
    """Collect the text of a page by the element it stands in."""

    def __init__(self, page):
        super().__init__()
        self.inside, self.found = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.inside.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.inside.pop()[0] == tag

    def handle_data(self, data):
        self.found.append((self.inside[-1], data))


def test_code_and_formulas_are_marked():
    page = Table(["a"], [["`x < 1` and $x < 1$, x < 1"]])._repr_html_()
    marked = [(tag, attrs.get("class", ""), text) for (tag, attrs), text in Texts(page).found]
    assert marked[1:] == [
        ("code", "", "x < 1"),
        ("td", "", " and "),
        ("span", "math notranslate nohighlight", r"\(x < 1\)"),
        ("td", "", ", x < 1"),
    ]


def test_numbers_get_a_minus_in_a_page_and_words_keep_their_hyphens():
    cells = ["-0.25", "2e-25", "-3 %", "-", "a-b", "x -1", "`-1`", "1-2"]
    found = [text for (tag, _), text in Texts(Table(["a"], [[c] for c in cells])._repr_html_()).found][1:]
    assert found == ["−0.25", "2e−25", "−3 %", "-", "a-b", "x -1", "-1", "1-2"]


def test_rows_must_fit():
    with pytest.raises(ValueError, match="rows must have 2 cells as columns has"):
        Table(["a", "b"], [["1"]])


def test_formulas_hold_what_the_records_do():
    rows = formulas(*catalogue.values()).rows
    for record, (name, value, slope, parameters) in zip(catalogue.values(), rows, strict=True):
        assert name == f"`{record.name}`"
        assert (value, slope) == (f"${record.latex}$", f"${record.derivative_latex}$")
        for parameter in record.params.values():
            assert parameter.bounds is None or parameter.doc in parameters


def test_facts_and_spellings_have_a_line_each():
    assert [row[0] for row in facts(relu, softsign).rows] == ["`relu`", "`softsign`"]
    assert [row[0] for row in spellings(relu).rows] == ["here", "PyTorch", "Keras", "JAX", "ONNX"]


# Strengths and weaknesses.


def words(record):
    (_, strengths, weaknesses), *_ = profile(record).rows
    return [set(text.replace("\N{NO-BREAK SPACE}", " ").split("; ")) for text in (strengths, weaknesses)]


def test_a_profile_has_a_line_for_each_function():
    table = profile(*RECORDS)
    assert [row[0] for row in table.rows] == [f"`{r.name}`" for r in RECORDS]
    assert all(len(row) == 3 and all(row) for row in table.rows)


def test_a_profile_tells_functions_apart_by_what_they_do():
    assert "exact zeros (50 %)" in words(catalogue["relu"])[0]
    assert "slope 0 for 50 %" in words(catalogue["relu"])[1]
    assert not any("slope 0" in w for w in words(catalogue["leaky_relu"])[1])
    assert "slope at most 0.25" in words(catalogue["sigmoid"])[1]
    assert "odd: centred" in words(catalogue["tanh"])[0]
    assert "keeps mean 0 and variance 1" in words(catalogue["selu"])[0]
    assert "bends nothing: layers collapse into one" in words(catalogue["identity"])[1]
    assert "shares: never negative, sum to 1" in words(catalogue["softmax2d"])[0]
    assert "multiplies one half by the other" in words(catalogue["swiglu"])[0]
    assert "no gradient at all" in words(catalogue["hardmax"])[1]
    assert "a smooth maximum" in words(catalogue["logsumexp"])[0]


def test_a_profile_is_made_from_the_record_and_not_from_the_name():
    def relu(x):
        return np.maximum(x, -1.0)

    def slope(x):
        return np.where(x > -1, 1.0, 0.0)

    record = Activation(
        relu, slope, latex="", derivative_latex="", image=Interval("[-1, inf)"), joints=(-1.0,), smoothness=0
    )
    good, bad = words(record)
    assert "never negative" not in good and "positively homogeneous" not in good
    assert "slope 0 for 16 %" in bad and "kinks" in bad


def test_uses_are_one_more_column_and_must_be_complete():
    both = catalogue["relu"], catalogue["tanh"]
    table = profile(*both, uses={"relu": "images", "tanh": "states"})
    assert table.columns[-1] == "used for"
    assert [row[-1] for row in table.rows] == ["images", "states"]
    with pytest.raises(KeyError):
        profile(*both, uses={"relu": "images"})

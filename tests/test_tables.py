"""Tables: text for a notebook, HTML for a page, and lines made from the records."""

from html.parser import HTMLParser

import pytest

from activations import catalogue, relu, softsign
from activations.tables import Table, facts, formulas, spellings


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

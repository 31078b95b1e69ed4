"""The built book, read as files: complete, whole, and independent of any other host.

Run after `make book`. BOOK_HTML names another folder to look at.
"""

import re
from functools import cache
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from notebooks import toc_entries
from site_pages import BOOK, PAGES, READABLE

every_page = pytest.mark.parametrize("name", PAGES)

FETCHING_LINKS = {
    "stylesheet",
    "icon",
    "preload",
    "prefetch",
    "modulepreload",
    "manifest",
    "dns-prefetch",
    "preconnect",
}
SRC = ["script", "img", "iframe", "source", "audio", "video", "track", "embed", "input"]
FETCHING_ATTRIBUTES = dict.fromkeys(SRC, "src") | {"object": "data", "image": "href", "use": "href"}
FOREIGN = re.compile(r"(https?:)?//", re.I)
FOREIGN_IN_STYLE = re.compile(r"""(url\(\s*|@import\s+)["']?(https?:)?//""", re.I)


@cache
def soup(name):
    return BeautifulSoup((BOOK / name).read_text(encoding="utf-8"), "html.parser")


@cache
def anchors(name):
    page = soup(name)
    return {tag["id"] for tag in page.find_all(id=True)} | {
        tag["name"] for tag in page.find_all("a", attrs={"name": True})
    }


def test_one_page_for_each_toc_entry():
    expected = {re.sub(r"\.(md|ipynb)$", "", entry) + ".html" for entry in toc_entries()}
    made_by_sphinx = {"index.html", "genindex.html", "search.html", "py-modindex.html"}
    assert set(PAGES) - made_by_sphinx == expected


@every_page
def test_no_traceback(name):
    text = soup(name).get_text()
    assert "Traceback (most recent call last)" not in text
    assert not soup(name).select(".output.traceback, .system-message, .problematic")


@every_page
def test_nothing_from_another_host(name):
    page = soup(name)
    wanted = [
        tag["href"] for tag in page.find_all("link", href=True) if FETCHING_LINKS & set(tag.get("rel", ()))
    ]
    for tag, attribute in FETCHING_ATTRIBUTES.items():
        wanted += [found[attribute] for found in page.find_all(tag) if found.get(attribute)]
        wanted += [found["xlink:href"] for found in page.find_all(tag) if found.get("xlink:href")]
    wanted += [part.split()[0] for found in page.find_all(srcset=True) for part in found["srcset"].split(",")]
    assert [url for url in wanted if FOREIGN.match(url)] == []
    styles = [tag.get_text() for tag in page.find_all("style")] + [
        tag["style"] for tag in page.find_all(style=True)
    ]
    assert [style for style in styles if FOREIGN_IN_STYLE.search(style)] == []


@every_page
def test_no_inline_script_names_another_host(name):
    scripts = [tag.get_text() for tag in soup(name).find_all("script", src=False)]
    assert [s for s in scripts if re.search(r"https?://(?!www\.w3\.org/)", s)] == []


def test_no_style_sheet_fetches_from_another_host():
    found = [
        path for path in BOOK.rglob("*.css") if FOREIGN_IN_STYLE.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@every_page
def test_no_widget_state(name):
    assert not soup(name).find_all("script", type=re.compile("application/vnd.jupyter"))


@every_page
def test_links_lead_somewhere(name):
    page, broken = soup(name), []
    targets = [tag["href"] for tag in page.find_all("a", href=True)]
    targets += [tag["src"] for tag in page.find_all(["img", "script"], src=True)]
    targets += [tag["href"] for tag in page.find_all("link", href=True)]
    for target in targets:
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        path = (BOOK / name).parent / unquote(parts.path) if parts.path else BOOK / name
        path = path.resolve()
        if not path.is_relative_to(BOOK) or not path.is_file():
            broken.append(target)
        elif parts.fragment and path.suffix == ".html":
            if unquote(parts.fragment) not in anchors(str(path.relative_to(BOOK))):
                broken.append(target)
    assert broken == []


@every_page
def test_pictures_have_alternative_text(name):
    assert [str(tag)[:200] for tag in soup(name).find_all("img") if not tag.has_attr("alt")] == []


def test_mathjax_is_in_the_book():
    # Wherever a page has a formula it loads MathJax, and that is a file of the book.
    with_math = [name for name in PAGES if soup(name).select(".math")]
    assert with_math
    for name in with_math:
        scripts = [tag["src"] for tag in soup(name).find_all("script", src=True)]
        assert any("mathjax" in script for script in scripts), name
    assert (BOOK / "_static/mathjax/tex-chtml.js").is_file()


@pytest.mark.parametrize("name", READABLE)
def test_style_and_script_of_the_course_come_once(name):
    # Jupyter Book loads what lies in a folder named _static twice; ours is named otherwise.
    for tag, attribute, file in ("link", "href", "course.css"), ("script", "src", "course.js"):
        assert len(soup(name).find_all(tag, {attribute: re.compile(re.escape(file))})) == 1

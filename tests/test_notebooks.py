"""Every notebook is as tools/notebooks.py leaves it, and as a reader expects it."""

import ast
import re
import subprocess
import sys

import notebooks as tool
import pytest

# The tags a cell may carry, and what each is for. Anything else is a typing error or needs a reason here.
TAGS = {
    "hide-input": "code that the reader may skip: the page folds it",
    "hide-output": "a long print or a solution's result: the page folds it",
    "hide-cell": "a solution: the page folds both",
    "remove-input": "code that is of no use to the reader, such as a table made from the catalogue",
    "remove-cell": "set-up that the page does without",
    "nbval-ignore-output": "text that differs between runs, such as a time; needs a comment '# varies: why'",
}
NOTEBOOKS = tool.listed()
SHIPPED = sorted(
    path
    for folder in ("chapters", "reference")
    for path in (tool.ROOT / folder).rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)

every_notebook = pytest.mark.parametrize("path", SHIPPED, ids=tool.shown)


def code_cells(path):
    return [cell for cell in tool.read(path).cells if cell.cell_type == "code"]


def test_the_book_has_notebooks():
    assert NOTEBOOKS


def test_toc_and_folders_agree():
    assert sorted(NOTEBOOKS) == SHIPPED


def test_every_toc_entry_is_a_file():
    missing = [
        entry
        for entry in tool.toc_entries()
        if not any((tool.ROOT / f"{entry}{suffix}").is_file() for suffix in ("", ".md", ".ipynb"))
    ]
    assert missing == []


@every_notebook
def test_normalised(path):
    assert path.read_text(encoding="utf-8") == tool.dumps(tool.read(path)), "run: make notebooks"


@every_notebook
def test_executed_in_order(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@every_notebook
def test_outputs_are_text(path):
    for cell in code_cells(path):
        for output in cell.outputs:
            assert output.output_type in {"stream", "display_data", "execute_result"}, cell.source
            assert set(output.get("data", {"text/plain": ""})) == {"text/plain"}, cell.source


@every_notebook
def test_outputs_are_the_same_in_every_run(path):
    assert tool.unstable(tool.read(path)) == []


@every_notebook
def test_no_semicolon_at_the_end(path):
    # It hides a result in Jupyter but not from nbval; and a reader wonders what it is for.
    assert [cell.source for cell in code_cells(path) if cell.source.rstrip().endswith(";")] == []


@every_notebook
def test_no_empty_cells(path):
    assert [cell.id for cell in tool.read(path).cells if not cell.source.strip()] == []


@every_notebook
def test_one_title_at_the_top(path):
    cells = tool.read(path).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    text = re.sub(r"^(```|~~~|:::).*?^\1", "", text, flags=re.S | re.M)
    assert len(re.findall(r"^# ", text, flags=re.M)) == 1
    assert cells[0].cell_type == "markdown" and cells[0].source.startswith("# ")


def names(tree, kind):
    """Names that code loads or stores in its own scope; what a function or comprehension stores stays inside it."""
    inner = (ast.FunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    found, todo = set(), list(ast.iter_child_nodes(tree))
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, kind):
            found.add(node.id)
        if kind is ast.Store and isinstance(node, ast.FunctionDef):
            found.add(node.name)
        if kind is ast.Load or not isinstance(node, inner):
            todo += ast.iter_child_nodes(node)
    return found


def explorers(sources):
    """Yield, for each explorer, the number of its cell and all names that its drawing looks up each time."""
    functions = {}
    for number, source in enumerate(sources):
        tree = ast.parse(source)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                own = {a.arg for a in ast.walk(node) if isinstance(a, ast.arg)}
                own |= {
                    n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
                }
                functions[node.name] = names(node, ast.Load) - own
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "explore" and node.args:
                needed, todo = set(), list(functions.get(getattr(node.args[0], "id", ""), ()))
                while todo:
                    name = todo.pop()
                    if name not in needed:
                        needed.add(name)
                        todo += functions.get(name, ())
                yield number, needed


@every_notebook
def test_a_slider_works_after_the_whole_notebook_has_run(path):
    # Its function runs again at each move. If a later cell gives one of its names another value, it draws nonsense.
    sources = [cell.source for cell in code_cells(path)]
    stored = [names(ast.parse(source), ast.Store) for source in sources]
    changed = [
        f"cell {number + 1} draws with {name}, which cell {later + 1} changes"
        for number, needed in explorers(sources)
        for later in range(number + 1, len(sources))
        for name in sorted(needed & stored[later])
    ]
    assert changed == []


def test_a_changed_name_is_found():
    cells = [
        "x = 1\ny = 2\ndef scaled(v):\n    return v * x",
        "def draw(fig, a):\n    b = scaled(a)\n    return b + y",
        "explore(draw, a=[1, 2])",
        "b = [a for y in range(3)]\nfor x in range(3):\n    pass",
    ]
    assert list(explorers(cells)) == [(2, {"scaled", "x", "y"})]
    assert names(ast.parse(cells[3]), ast.Store) == {"b", "x"}


@every_notebook
def test_tags(path):
    for cell in tool.read(path).cells:
        tags = set(cell.metadata.get("tags", ()))
        assert tags <= set(TAGS), cell.source
        if "nbval-ignore-output" in tags:
            assert "# varies: " in cell.source, cell.source
        # nbval also obeys comments; the tags above are the one place to look.
        assert not re.search(r"#\s*(NBVAL_|PYTEST_VALIDATE)", cell.source), cell.source


# The tool itself.


def notebook(*outputs, **metadata):
    """A notebook of one code cell that put out `outputs`."""
    cell = tool.nbformat.v4.new_code_cell("x", outputs=list(outputs), execution_count=7, metadata=metadata)
    return tool.nbformat.v4.new_notebook(cells=[cell])


def test_normalise_drops_all_but_text():
    picture = tool.nbformat.v4.new_output("display_data", data={"image/png": "aGk="})
    rich = tool.nbformat.v4.new_output(
        "execute_result", data={"text/plain": "x", "text/html": "<b>x</b>"}, execution_count=7
    )
    cell = tool.normalise(notebook(picture, rich, tags=["hide-input"], scrolled=True)).cells[0]
    assert [output.data for output in cell.outputs] == [{"text/plain": "x"}]
    assert cell.metadata == {"tags": ["hide-input"]}
    assert cell.execution_count == cell.outputs[0].execution_count == 1


def test_normalise_joins_pieces_of_a_stream():
    pieces = [tool.nbformat.v4.new_output("stream", name="stdout", text=text) for text in ("a", "b")]
    assert [output.text for output in tool.normalise(notebook(*pieces)).cells[0].outputs] == ["ab"]


def test_normalise_changes_nothing_twice():
    once = tool.dumps(notebook(tool.nbformat.v4.new_output("stream", name="stdout", text="a")))
    assert tool.dumps(tool.nbformat.reads(once, as_version=4)) == once


def test_unstable_finds_addresses_and_differences():
    def printing(text):
        return notebook(tool.nbformat.v4.new_output("stream", name="stdout", text=text))

    assert tool.unstable(printing("<object at 0x7f0123456789>"))
    assert tool.unstable(printing("1"), printing("2"))
    assert not tool.unstable(printing("1"), printing("1"))


@pytest.fixture
def run_tool(tmp_path):
    def run(source, *options):
        path = tmp_path / "a.ipynb"
        cells = [tool.nbformat.v4.new_code_cell(source)]
        tool.nbformat.write(tool.nbformat.v4.new_notebook(cells=cells), path)
        command = [sys.executable, tool.__file__, str(path), *options]
        return subprocess.run(command, capture_output=True, text=True), tool.read(path)

    return run


def test_a_notebook_that_raises_fails_and_is_left_alone(run_tool):
    done, after = run_tool("1 / 0")
    assert done.returncode != 0
    assert "ZeroDivisionError" in done.stderr
    assert after.cells[0].execution_count is None


def test_a_notebook_runs_from_its_own_folder(run_tool, tmp_path):
    done, after = run_tool("import os\nprint(os.getcwd())")
    assert done.returncode == 0
    assert after.cells[0].outputs[0].text.strip() == str(tmp_path)


def test_twice_tells_of_a_random_result(run_tool):
    done, _ = run_tool("import random\nrandom.random()", "--twice")
    assert done.returncode != 0
    assert "different text in a second run" in done.stderr

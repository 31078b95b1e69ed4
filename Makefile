# The commands of the course. Each makes the environment first, when it is missing or its requirements changed.

PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python
NOTEBOOKS := chapters $(wildcard reference)

.PHONY: help book test serve lab notebooks bench clean

help:
	@echo "make book       build the book into _build/html"
	@echo "make serve      build it and serve it on http://127.0.0.1:8000"
	@echo "make lab        open the notebooks in JupyterLab"
	@echo "make test       run every check (needs Chromium or Chrome)"
	@echo "make notebooks  run the notebooks and write their outputs; ONLY=chapters/rectified for some of them"
	@echo "make bench      measure: accuracy, speed, pages"
	@echo "make clean      remove what was built; the environment in .venv stays"

book: .venv/reader
	@$(RUN) tools/build.py

serve: book
	@echo "Serving http://127.0.0.1:8000 (Ctrl-C stops)"
	@$(RUN) -m http.server --bind 127.0.0.1 --directory _build/html 8000

lab: .venv/reader
	$(BIN)/jupyter lab

notebooks: .venv/reader
	@$(RUN) tools/notebooks.py $(ONLY)

# One kernel per process and one thread per kernel: faster on few cores, and sums come out in the same order.
test: export OMP_NUM_THREADS = 1
# What is compared is text: explorers need not draw all their states. (The build of the book has them drawn all the same.)
test: export COURSE_STATIC = 0
test: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(RUN) -m pytest tests --ignore=tests/book -n auto
	$(RUN) -m pytest -p tests.nbval_mimetypes --nbval --nbval-cell-timeout=300 -n 2 --dist loadscope $(NOTEBOOKS)
	$(RUN) tools/build.py
	$(RUN) -m pytest tests/book -n 2

bench: .venv/dev book
	@for script in benchmarks/[!_]*.py; do echo "== $$script"; $(RUN) $$script || exit 1; done

clean:
	rm -rf _build .pytest_cache .ruff_cache .hypothesis src/*.egg-info
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -r {} +

# The two stamps: what a reader needs, and what the tests need on top.
.venv/reader: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say which: make PYTHON=python3.11")'
	@test -x $(RUN) || $(PYTHON) -m venv .venv
	@echo "Installing what the book needs into .venv (a few minutes the first time)"
	@$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev: .venv/reader requirements-dev.txt
	@echo "Installing what the tests need"
	@$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

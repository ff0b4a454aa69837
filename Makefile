# `make grade` and `make test` work in a fresh clone; they make the environment first. `make help` lists the rest.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help grade test lint bench-judge bench-grade bench-cluster bench-notebook catalogue system constraints clean

BIN := .venv/bin
# The environment is made anew when what it is made from changes, or when the clone has moved.
KEY := $(shell { cat pyproject.toml constraints.txt; pwd; } | cksum | tr ' ' '-')
READY := .venv/ready-$(KEY)

# The first interpreter that is new enough and can make environments.
FIND_PYTHON = for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$python"; break; }; \
	done

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

grade: $(READY)  ## grade the demonstration class in submitted/
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/sig-checker grade sigmoid-7-02 --feedback

test: lint  ## run all tests, types and style first
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

lint: $(READY)  ## check types and style
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench-judge: $(READY)  ## measure the judge beside SymPy and Math-Verify (some minutes)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input -c constraints.txt -e '.[bench]' </dev/null
	@$(BIN)/python benchmarks/judge.py

bench-grade: $(READY)  ## measure grading a class beside nbgrader (some minutes)
	@$(BIN)/python benchmarks/grade.py

bench-cluster: $(READY)  ## measure how many workers one coordinator feeds (some minutes)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python benchmarks/coordinator.py

bench-notebook: $(READY)  ## measure how long a student waits for a report
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python benchmarks/notebook.py

catalogue: $(READY)  ## bring the Korean messages up to date with the code
	@$(BIN)/python tests/catalogue.py

system:  ## install the Debian packages that are missing (root)
	@python=$$($(FIND_PYTHON)); \
	missing=; [ -n "$$python" ] || missing="python3 python3-venv"; \
	command -v bwrap >/dev/null || missing="$$missing bubblewrap"; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	fc-list :lang=ko 2>/dev/null | grep -q . || missing="$$missing fontconfig fonts-nanum"; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	if [ -z "$$missing" ]; then \
		echo "Nothing to install: $$python can make environments; bubblewrap, Chromium, a Korean font and PostgreSQL are there."; exit 0; \
	fi; \
	if [ "$$(id -u)" != 0 ]; then echo "make system installs Debian packages ($$missing): run it as root." >&2; exit 1; fi; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get update -q </dev/null && apt-get install -y -q --no-install-recommends $$missing </dev/null

constraints: $(READY)  ## write the installed versions into constraints.txt
	@{ head -n 1 constraints.txt; $(BIN)/pip freeze --all --exclude-editable | grep -v '^pip=='; } > .venv/constraints.txt
	@mv .venv/constraints.txt constraints.txt

clean:  ## remove the environment and what grading and testing leave behind
	rm -rf .venv release feedback evidence gradebook.db report-*.html .nbgrader.log .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find sig_checker tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY):
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then \
		echo "No Python 3.11 or later with venv was found. On Debian, as root: make system" >&2; \
		echo "Elsewhere, name the interpreter: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; \
	fi; \
	$(BIN)/pip --version >/dev/null 2>&1 || { echo "Making the environment with $$python"; "$$python" -m venv --clear .venv; }
	@rm -f .venv/ready-*
	@echo "Installing what pyproject.toml asks for"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input -c constraints.txt -e '.[dev]' </dev/null
	@touch $@

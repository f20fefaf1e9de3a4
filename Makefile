# `make setup`, then `make run`. Needs Python 3.11 or newer, git and make; uses uv where it is installed.

CONFIG  ?= checks.yaml
# One more than there are processors, as tests wait now and then.
WORKERS ?= $(or $(shell n=$$(nproc 2>/dev/null) && echo $$((n + 1))),auto)
PYTHON  ?=
UPGRADE ?=

PYTHONS  := $(or $(PYTHON),python3.14 python3.13 python3.12 python3.11 python3)
PACKAGES := checks incidents statuspage monitor
READY    := .venv/.ready
UV       := $(or $(shell command -v uv 2>/dev/null),.boot/bin/uv)
INSTALL  := .venv/bin/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format screenshots requirements clean
.DELETE_ON_ERROR:

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-14s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with everything pinned, Upfront itself included
	@echo "setup: .venv is ready. Next: make run"

run: $(READY) ## Run Upfront on checks.yaml (another file: make run CONFIG=...)
	@.venv/bin/upfront run $(CONFIG)

test: $(READY) ## Run all tests, in parallel
	.venv/bin/pytest --numprocesses $(WORKERS) --dist worksteal

lint: $(READY) ## Style, types and the layer rule
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/pytest --quiet tests/test_architecture.py

format: $(READY) ## Put imports and layout in order
	.venv/bin/ruff check --select I,RUF022 --fix --quiet .
	.venv/bin/ruff format .

screenshots: $(READY) ## Take the screenshots of README and docs anew (needs Chromium)
	.venv/bin/python -m docs.screenshots

requirements: $(READY) $(UV) ## Pin again what pyproject.toml asks for (newest of all: UPGRADE=--upgrade)
	$(PIN) --output-file requirements/core.txt pyproject.toml
	$(PIN) --output-file requirements/dev.txt --constraint requirements/core.txt \
	  --extra dev pyproject.toml

clean: ## Remove .venv, caches and builds; .data stays
	rm -rf .venv .boot build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find $(PACKAGES) tests -type d -name __pycache__ -prune -exec rm -rf {} +

# One file of pins for all supported versions and machines, without the address of any registry.
PIN = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make requirements' $(UPGRADE)

# The project is a separate install: an editable path has no hash to require.
# hatchling is among the pins, so building it needs no isolation and nothing unpinned.
$(READY): requirements/dev.txt pyproject.toml | .venv/bin/python
	@echo "setup: installing the pinned requirements into .venv"
	@if command -v uv >/dev/null 2>&1 && \
	    uv pip install --quiet --python .venv --require-hashes --requirement requirements/dev.txt; \
	  then :; \
	  else $(INSTALL) --require-hashes --requirement requirements/dev.txt; \
	fi
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# The first Python that is new enough and can make an environment, by whichever means it has.
.venv/bin/python:
	@made() { .venv/bin/python -m pip --version >/dev/null 2>&1; }; \
	bare() { rm -rf .venv; }; \
	found=""; \
	for python in $(PYTHONS); do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	  found="$$found $$python"; \
	  bare; "$$python" -m venv .venv >/dev/null 2>&1 && made && break; \
	  bare; "$$python" -m pip install --quiet --target .boot virtualenv >/dev/null 2>&1 \
	    && PYTHONPATH=.boot "$$python" -m virtualenv --quiet .venv >/dev/null 2>&1 && made && break; \
	  bare; UV_PYTHON_DOWNLOADS=never uv venv --quiet --seed --python "$$python" .venv >/dev/null 2>&1 \
	    && made && break; \
	  bare; \
	done; \
	if made; then echo "setup: $$(.venv/bin/python --version) in .venv"; exit 0; fi; \
	if [ -z "$$found" ]; then \
	  echo "setup: Python 3.11 or newer is needed, and none of these is: $(PYTHONS)." >&2; \
	  echo "       Install one, or name it: make setup PYTHON=/path/to/python3" >&2; \
	else \
	  echo "setup:$$found can make no virtual environment: venv, pip and uv are all missing." >&2; \
	  echo "       On Debian and Ubuntu: apt-get install python3-venv" >&2; \
	fi; \
	exit 1

.boot/bin/uv:
	$(INSTALL) --target .boot uv

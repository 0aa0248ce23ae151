# Crosswalk. `make` alone lists what there is.
.DEFAULT_GOAL := help
.PHONY: help setup run test check faults bench lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCHES := acknowledge bursts steady history live_share migration_speed migration_rows migration_size

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(READY): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Crosswalk needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/uv.txt
	$(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $(READY)

setup: $(READY) ## the environment in .venv, from pinned and hashed requirements

run: $(READY) ## everything on this machine, with a stand-in Jira and Azure DevOps; prints the address to open
	@$(BIN)/python -m deploy.local

test: $(READY) ## the whole test suite: real Redis, SQLite, PostgreSQL, real Chromium
	@$(BIN)/python -m deploy.browser
	@$(BIN)/python -m pytest -n logical --maxprocesses 8 --dist worksteal --cov --cov-report=
	@$(BIN)/python -m coverage report --fail-under=90 --format=total > /dev/null || { $(BIN)/python -m coverage report; exit 1; }
	@$(BIN)/python -m coverage report --include='domain/*' --fail-under=100

check: $(READY) ## lint, types, layers, tests: what continuous integration calls
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test

faults: $(READY) ## the fault campaigns: workers, Redis and PostgreSQL killed while events arrive, history is read, work items move
	$(BIN)/python -m bench.faults
	$(BIN)/python -m bench.backfill_faults
	$(BIN)/python -m bench.migration_faults

bench: $(READY) ## the measurements
	@for each in $(BENCHES); do $(BIN)/python -m bench.$$each --json || failed=1; done; test -z "$$failed"

lock: $(READY) ## pin requirements*.txt anew from requirements*.in
	$(BIN)/uv pip compile -q --system-certs --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --system-certs --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile -q --system-certs --universal --python-version 3.11 --generate-hashes --no-header --no-annotate deploy/uv.in -o deploy/uv.txt

clean: ## remove the environment and everything that runs left behind
	rm -rf $(VENV) var .coverage .pytest_cache .mypy_cache .ruff_cache

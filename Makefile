# `make` alone prints this help. Everything runs from .venv, which is made from conf/requirements.lock.
PYTHON ?= python3
BIN := .venv/bin
UNIT := tests/unit
PLAIN := tests/contracts tests/demo tests/serving tests/simulate
# Prints the slowest tests, and keeps all times for `make slow`.
PYTEST = $(BIN)/pytest -n 2 --dist loadfile --durations=10 --durations-min=1 --junitxml=build/tests/$@.xml

.DEFAULT_GOAL := help
.PHONY: help setup hooks demo docs site test test-unit test-plain test-spark test-e2e test-matrix test-matrix-quick test-integrations test-browser screenshots reliability kill-test \
  kill-test-quick soak slow check lint types layers format lock licences audit \
  wheel pack wheel-check simulate simulate-quick incidents incidents-quick yardsticks yardsticks-quick bench bench-quick bench-setup clean

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready ## Make the virtual environment (the other targets do it by themselves)

.venv/.ready: conf/requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
	  || { echo "stageprint needs Python 3.10 or newer, found $$($(PYTHON) --version 2>&1). Choose one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 2; }
	@echo "Setting up .venv (first time: downloads Spark, about 500 MB) ..."
	@$(PYTHON) -m venv .venv || { echo "No virtual environment could be made; Debian and Ubuntu keep venv apart: apt-get install python3-venv" >&2; exit 2; }
	@$(BIN)/pip install --quiet --disable-pip-version-check -r conf/requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

hooks: setup ## Let git run the checks of .pre-commit-config.yaml before each commit
	@$(BIN)/pre-commit install

demo: setup ## Build the twelve demo runs, profile and compare them, print what broke and where
	@$(BIN)/python -m scripts.demo

docs: setup ## Write the reference pages that are made from the code
	@$(BIN)/python -m scripts.docs
	@$(BIN)/python -m scripts.dashboards

site: setup ## Build the documentation site into build/site; a dead link fails
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --config-file conf/mkdocs.yml

test: setup test-unit test-plain test-spark ## Run all tests

test-unit: setup ## Run the tests that need no Spark (seconds), in a time zone that is not UTC
	TZ=America/New_York $(PYTEST) $(UNIT)

test-plain: setup ## Run the other tests without Spark: contracts of the registries, demo, serving, simulations
	TZ=America/New_York $(PYTEST) -m "not slow" $(PLAIN)

test-spark: setup ## Run the tests on two local Spark sessions, and the commands end to end; not the slow faults
	$(PYTEST) -m "not slow" tests/spark tests/e2e

test-e2e: setup ## Run the commands end to end, with every fault, and the slow tests (an hour)
	$(PYTEST) tests/e2e
	$(PYTEST) -m slow tests/spark tests/demo

test-browser: setup ## Open the HTML report in Chromium (STAGEPRINT_CHROMIUM, or one on the path): keys, search, phone, dark, print
	$(BIN)/pytest -n 0 tests/browser

screenshots: setup ## Take the pictures of docs/report.md from the demo's store (after make demo), with Chromium
	@$(BIN)/python -m scripts.screenshots

test-matrix: setup ## Test every supported version of Spark, in environments below .matrix/ (an hour; 500 MB a version)
	@$(BIN)/pip install --quiet --disable-pip-version-check uv
	@$(BIN)/python -m scripts.matrix

test-matrix-quick: setup ## The engine's contract and the tests across versions, with the oldest and the newest Spark
	@$(BIN)/pip install --quiet --disable-pip-version-check uv
	@$(BIN)/python -m scripts.matrix --quick

test-integrations: .integrations/.ready ## Test what Airflow, Dagster, MLflow and notebooks call, under the real ones, in .integrations (minutes; 1 GB)
	PYTHONPATH=profiling:. .integrations/bin/python -m pytest -p no:cacheprovider -W default tests/integrations

.integrations/.ready: conf/integrations.lock pyproject.toml
	@echo "Making an environment with Airflow and Dagster in .integrations ..."
	@$(PYTHON) -m venv --clear .integrations
	@.integrations/bin/pip install --quiet --disable-pip-version-check -r conf/integrations.lock
	@.integrations/bin/pip install --quiet --disable-pip-version-check --constraint conf/integrations.lock -e .
	@touch $@

reliability: setup ## Cause every fault, keep what was seen in docs/reliability/, write docs/reliability.md
	STAGEPRINT_WRITE_RELIABILITY=1 $(BIN)/pytest tests/e2e -m faults
	@$(BIN)/python -m scripts.docs

kill-test: setup ## Kill profile and compare 1,000 times at random moments; the last line is one JSON object (about an hour)
	@$(BIN)/python -m tests.kills --kills 1000 --keep

kill-test-quick: setup ## The same, 30 times (minutes)
	@$(BIN)/python -m tests.kills --kills 30

soak: setup ## 200 runs into one store with maintenance: time a run, files and memory (a quarter of an hour)
	@$(BIN)/python -m tests.soak --json build/soak.json

slow: setup ## Say which tests were the slowest in the last run
	@$(BIN)/python -m tests.support.slow build/tests/*.xml

check: lint types layers site test ## What CI runs: lint, types, layers, documentation site, tests

lint: setup ## Ruff: rules and format; codespell
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

types: setup ## mypy, strict
	$(BIN)/mypy

layers: setup ## Imports go down only (import-linter)
	$(BIN)/lint-imports

format: setup ## Format and mend what Ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup ## Renew the locks in conf/ from pyproject.toml
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --universal --python-version 3.10 --extra spark --group demo --group dev pyproject.toml \
	  --upgrade --no-header --no-emit-index-url --output-file conf/requirements.lock
	$(BIN)/uv pip compile --universal --python-version 3.10 --group pyproject.toml:bench \
	  --constraint conf/requirements.lock --upgrade --no-header --no-emit-index-url --output-file conf/bench.lock
	$(BIN)/uv pip compile --universal --python-version 3.10 --group pyproject.toml:integrations pyproject.toml \
	  --upgrade --no-header --no-emit-index-url --output-file conf/integrations.lock
	for group in bench-deequ bench-whylogs bench-ydata; do \
	  $(BIN)/uv pip compile --universal --python-version 3.10 --group pyproject.toml:$$group \
	    --upgrade --no-header --no-emit-index-url --output-file conf/$$group.lock || exit 1; done
	@echo "Now: make setup licences"

licences: setup ## List the locked packages with their licences: docs/licences.md and conf/sbom.json
	@$(BIN)/python -m scripts.licences

audit: ## Ask a public database for known weaknesses of the locked packages (needs the internet; not part of check)
	@$(PYTHON) -m venv build/audit-env
	@build/audit-env/bin/pip install --quiet --disable-pip-version-check pip-audit
	@build/audit-env/bin/pip-audit --disable-pip --no-deps --requirement conf/requirements.lock

wheel: setup ## Build the wheel and the source archive into dist/
	@rm -rf dist
	@$(BIN)/hatchling build --target wheel --target sdist

pack: setup ## Pack the wheel and what it asks for into build/: the environment that executors of a cluster get
	@$(BIN)/python -m scripts.cluster --pack --python $(PYTHON)

wheel-check: wheel ## Install the wheel in a fresh environment without Spark and Java, and run the commands there
	STAGEPRINT_WHEEL="$$(echo "$$PWD"/dist/*.whl)" STAGEPRINT_WHEEL_PYTHON=$(PYTHON) $(BIN)/pytest tests/e2e/test_wheel.py

simulate: setup ## Simulate 100,000 healthy columns and planted faults: false findings and recall (two hours)
	@$(BIN)/python -m scripts.simulation --json build/simulate.json

simulate-quick: setup ## The same on a small scale, in a few minutes
	@$(BIN)/python -m scripts.simulation --quick

incidents: setup ## Plant every incident in two pipelines: found, right stage, column, cause (up to an hour)
	@$(BIN)/python -m scripts.incidents --page build/incidents.md --json build/incidents.json

incidents-quick: setup ## The same on a small scale, in a few minutes
	@$(BIN)/python -m scripts.incidents --quick --page build/incidents-quick.md --json build/incidents-quick.json

yardsticks: setup ## Real tables in true order, and planted faults beside other rules (half an hour; writes docs/yardsticks.md)
	@$(BIN)/python -m scripts.yardsticks all --page docs/yardsticks.md

yardsticks-quick: setup ## The same with faults in fewer columns, within 10 minutes; the last line is one JSON object
	@$(BIN)/python -m scripts.yardsticks all --quick

bench-setup: .venv/.bench-ready

.venv/.bench-ready: .venv/.ready conf/bench.lock
	@echo "Adding DuckDB and the TPC-H data generator to .venv ..." >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check -r conf/bench.lock >&2
	@touch $@

bench: setup bench-setup ## Measure the profile against a bare scan and other profilers (two hours; writes docs/benchmarks.md)
	@$(BIN)/python -m scripts.benchmarks --only $(ONLY)

bench-quick: setup bench-setup ## A small version in under 5 minutes: one JSON object a line
	@$(BIN)/python -m scripts.benchmarks.quick

clean: ## Remove what the targets made (the virtual environment stays)
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis spark-warehouse metastore_db derby.log

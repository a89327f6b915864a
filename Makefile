# Every task of the project. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
CONFIG ?= config
ARGS ?=

# Compiled modules are kept, whatever the shell says: compiling them in every process would cost as long as the tests.
export PYTHONDONTWRITEBYTECODE =

ifdef UV
  CREATE = $(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV)
  PIP = $(UV) pip install --quiet --python $(BIN)/python -c constraints.txt
else
  CREATE = $(PYTHON) -m venv $(VENV)
  PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
endif

# A stamp per set of packages: nothing is installed again until the project's needs change.
STAMPS := $(VENV)/.stamps
NEEDS := pyproject.toml constraints.txt

$(STAMPS)/core: $(NEEDS)
	@$(CREATE) && mkdir -p $(STAMPS)
	@echo "Installing Earnest…" && $(PIP) -e .
	@touch $@

$(STAMPS)/dev: $(STAMPS)/core
	@echo "Installing what the tests and checks use…" && $(PIP) -e '.[dev,postgres,elasticsearch,airflow]'
	@touch $@

$(STAMPS)/airflow: $(STAMPS)/core
	@echo "Installing Airflow…" && $(PIP) -e '.[airflow]'
	@touch $@

.PHONY: help install run test lint train bench airflow clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMPS)/core ## install Earnest into .venv

run: $(STAMPS)/core ## open the desk on a small made-up world (Ctrl-C ends it)
	@$(BIN)/earnest demo $(ARGS)

test: $(STAMPS)/dev ## run the tests (ARGS='-k desk' picks some)
	@$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(STAMPS)/dev ## ruff and mypy
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

train: $(STAMPS)/dev ## make the shipped weights again (DATA=folder with train.csv)
	@$(BIN)/python -m nlp.training $(ARGS)

bench: $(STAMPS)/dev ## measure speed and memory
	@$(BIN)/python -m benchmarks $(ARGS)

airflow: $(STAMPS)/airflow ## Airflow standalone with the DAGs, against the made-up world
	@$(BIN)/earnest airflow $(ARGS)

clean: ## remove what was built and the demo's data, never your config
	rm -rf $(VENV) build dist var .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

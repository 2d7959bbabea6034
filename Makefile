# Two commands: `make demo` and `make test`. Both set up everything themselves, need no configuration and may be run again.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup demo test lint bench chaos conformance clean

setup: $(STAMP)

$(STAMP): deploy/apt.txt requirements.lock pyproject.toml deploy/setup.sh
	@bash deploy/setup.sh $(PYTHON) $(VENV)
	@touch $@

demo: setup
	@$(BIN)/sohoa demo

test: setup lint
	@$(BIN)/python -m pytest tests --ignore=tests/conformance -n 2 --dist worksteal

lint: setup
	@$(BIN)/ruff check --quiet sohoa tests benchmarks docs
	@$(BIN)/ruff format --check --quiet sohoa tests benchmarks docs
	@$(BIN)/lint-imports --no-cache >/tmp/sohoa-imports.$$$$ 2>&1 || { cat /tmp/sohoa-imports.$$$$; exit 1; }; rm -f /tmp/sohoa-imports.$$$$
	@$(BIN)/basedpyright --level error
	@if grep -nE '://|--index|--find-links' requirements.lock; then echo "requirements.lock names an address" >&2; exit 1; fi

bench: setup
	@$(BIN)/python -m benchmarks.reading

# An office at work while all that it stands on is killed at random. PAPERS=1000 BROKER=rabbitmq SEED=7 make chaos
chaos: setup
	@$(BIN)/python -m benchmarks.chaos --papers $(or $(PAPERS),100) --seed $(or $(SEED),1) --broker $(or $(BROKER),redis)

# Independent judges: veraPDF and EU DSS (built with Maven), pdfsig, openssl. An OCFL validator joins with the archive's packages.
conformance: setup
	@bash deploy/setup.sh packages deploy/apt-conformance.txt
	@$(BIN)/python -m pytest tests/conformance

clean:
	rm -rf $(VENV) var build *.egg-info .pytest_cache .ruff_cache .hypothesis

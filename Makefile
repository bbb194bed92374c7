# One word per chore. `make demo` and `make test` need Python 3.11+ and git, nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: demo test postgres test-scale test-live test-browser crash-sweep planted-bugs lives soak fuzz fuzz-routes docs-write bench bench-quick bench-peers bench-page bench-profile lint types contract docs check clean

demo: $(VENV)/.runtime
	$(BIN)/leopard demo demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto

# PostgreSQL, of which tests start servers of their own; installed if it is missing, as root on Debian.
postgres:
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null; }

# Ledgers on PostgreSQL under failures, and many processes. LEOPARD_SWEEP=all tries every point of the sweeps.
test-scale: $(VENV)/.dev postgres
	LEOPARD_SCALE=1 LEOPARD_POSTGRES=required $(BIN)/python -m pytest tests/scale

# Real servers, installed into LEOPARD_LIVE, started on loopback and stopped again; as root on Debian.
LEOPARD_LIVE ?= $(HOME)/.cache/leopard-live
LIVE ?= wordpress payload strapi directus ghost migration
test-live: $(VENV)/.dev
	LEOPARD_LIVE="$(LEOPARD_LIVE)" PATH="$(CURDIR)/$(BIN):$$PATH" \
	  $(BIN)/python -m pytest $(LIVE:%=tests/live/test_%.py)

# A real browser (Debian's Chromium, installed if it is missing) walks through our pages.
test-browser: $(VENV)/.dev
	LEOPARD_LIVE="$(LEOPARD_LIVE)" PATH="$(CURDIR)/$(BIN):$$PATH" \
	  $(BIN)/python -m pytest tests/browser

crash-sweep: $(VENV)/.dev
	$(BIN)/python tests/crash/sweep.py

planted-bugs: $(VENV)/.dev
	$(BIN)/python tests/planted_bugs/run.py

lives: $(VENV)/.dev
	LEOPARD_EXAMPLES=1000 $(BIN)/python -m pytest tests/pipeline/test_machine.py

# Ten thousand scheduled runs with injected faults, and replicas with the times that users have.
soak: $(VENV)/.dev
	LEOPARD_SOAK=10000 LEOPARD_SLOW=1 $(BIN)/python -m pytest -s \
	  tests/pipeline/test_schedule_soak.py tests/pipeline/test_schedule_replicas.py

# Every route of the dashboard and the preview, with hundreds of odd requests each.
fuzz-routes: $(VENV)/.dev
	LEOPARD_EXAMPLES=400 $(BIN)/python -m pytest -n auto tests/pipeline/test_web_fuzz.py

# A search for input that a parser cannot bear, so many seconds for each (CPython 3.11 to 3.13, Linux or macOS).
FUZZ_SECONDS ?= 60
FUZZ ?=
fuzz: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	$(BIN)/python tests/fuzz/run.py $(FUZZ) --seconds $(FUZZ_SECONDS)

# Whole builds beside plain floors and peers; writes docs/performance.md. What is measured stays in LEOPARD_BENCH,
# so that it goes on where it was stopped: BENCH="--rows AB --sizes 10000 --rounds 3 --only 'floor;leopard'".
LEOPARD_BENCH ?= $(HOME)/.cache/leopard-bench
BENCH ?=
bench: $(VENV)/.dev
	LEOPARD_BENCH="$(LEOPARD_BENCH)" $(BIN)/python -m benchmarks all $(BENCH)

# A minute or two: ratios beside benchmarks/bounds.toml; fails on a regression.
bench-quick: $(VENV)/.dev
	LEOPARD_BENCH="$(LEOPARD_BENCH)" $(BIN)/python -m benchmarks quick

# dlt, Scrapy, Eleventy and Astro, each into a folder of its own in LEOPARD_BENCH (needs npm); Hugo is Debian's.
bench-peers: $(VENV)/.dev
	LEOPARD_BENCH="$(LEOPARD_BENCH)" $(BIN)/python -m benchmarks peers

# The table and the page once more, from what was measured.
bench-page: $(VENV)/.dev
	LEOPARD_BENCH="$(LEOPARD_BENCH)" $(BIN)/python -m benchmarks page

# Where the time goes, by stage and by function.
bench-profile: $(VENV)/.dev
	LEOPARD_BENCH="$(LEOPARD_BENCH)" $(BIN)/python -m benchmarks profile $(BENCH)

docs-write: $(VENV)/.dev
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python docs/generate.py
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python docs/console.py

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

contract: $(VENV)/.dev
	$(BIN)/lint-imports

docs: $(VENV)/.dev
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest tests/docs

check: lint types contract test

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@ $(VENV)/.runtime

clean:
	rm -rf $(VENV) demo build dist *.egg-info

# Every target sets up what it needs. `make` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
LAKE_READY := .venv-lake/.ready
PYTHON ?= python3
VAR_DIR ?= var
DEMO_ACCOUNTS := demo-small demo-medium demo-trouble demo-gem
SQL_FOLDERS := dbt_project/models dbt_project/macros dbt_project/tests

export VAR_DIR
export PYTHONPATH := $(CURDIR)
export PYTHONDONTWRITEBYTECODE := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export RUNTIME__DLTHUB_TELEMETRY := false
export DLT_DATA_DIR := $(abspath $(VAR_DIR))/dlt

# Runs a command on the real systems, or on embedded servers for a demo account.
ON_SERVERS = $(PY) -m ingest.demo --account "$(ACCOUNT)" --

# The same for every account at once: real systems and embedded ones are never mixed.
ON_ALL_SERVERS = $(PY) -m ingest.demo --all --unmixed --

# What `make bench` measures: the stages, how they grow, long texts, or how workers share accounts.
BENCH = stages $(BENCH_ROWS)
BENCH_ROWS = $(if $(ROWS),--rows $(ROWS))
ifdef GROWTH
BENCH = growth $(foreach size,$(SIZES),--size $(size))
else ifdef LONG
BENCH = long $(BENCH_ROWS)
else ifdef WORKERS
BENCH = workers --count $(WORKERS) $(BENCH_ROWS)
endif

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(READY): requirements.lock
$(LAKE_READY): requirements-lake.lock
$(READY) $(LAKE_READY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: Python 3.11 or newer is needed; set PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Setting up $(@D) ..."
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/pip install -qq --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

.PHONY: setup account
setup: $(READY) ## Make the virtual environment

account: setup
	@test -n "$(ACCOUNT)" || { echo "error: ACCOUNT is missing: make <target> ACCOUNT=demo-small" >&2; exit 2; }

.PHONY: probe ingest transform load reconcile report report-diff signoff overview migrate status explain rollback indexes
probe: account ## Ask every gate before a migration (ALLOW_EMPTY=1 lets an empty account pass)
	@$(ON_SERVERS) $(PY) -m ingest probe --account "$(ACCOUNT)" $(if $(ALLOW_EMPTY),--allow-empty)

ingest: account ## Copy the account's sources into its staging file
	@$(ON_SERVERS) $(PY) -m ingest extract --account "$(ACCOUNT)" $(if $(DATE_RANGE_START),--date-range-start "$(DATE_RANGE_START)")

transform: account ## Map, join and validate in SQL (dbt build)
	@$(PY) -m loaders transform --account "$(ACCOUNT)"

load: account ## Write the validated rows to MongoDB
	@$(ON_SERVERS) $(PY) -m loaders load --account "$(ACCOUNT)" $(if $(RESUME),--resume)

reconcile: account ## Read MongoDB back and close the sum (SAMPLE=500 audits are derived anew)
	@$(ON_SERVERS) $(PY) -m loaders reconcile --account "$(ACCOUNT)" $(if $(SAMPLE),--sample "$(SAMPLE)")

report: account ## Write the reconciliation report
	@$(ON_SERVERS) $(PY) -m loaders report --account "$(ACCOUNT)"

report-diff: account ## Show what changed between two runs: A=previous B=last, or job ids
	@$(PY) -m loaders report-diff --account "$(ACCOUNT)" --a "$(or $(A),previous)" --b "$(or $(B),last)" $(if $(JSON),--json)

signoff: account ## Sign the account's last run: BY="Name" [NOTE="..."]
	@test -n "$(BY)" || { echo 'error: BY is missing: make signoff ACCOUNT=$(ACCOUNT) BY="Name"' >&2; exit 2; }
	@$(ON_SERVERS) $(PY) -m loaders signoff --account "$(ACCOUNT)" --by "$$BY" $(if $(NOTE),--note "$$NOTE")

overview: setup ## Write one page about all accounts
	@$(PY) -m ingest.demo --account "$(or $(ACCOUNT),demo-small)" -- $(PY) -m loaders overview

migrate: account ## All of it, once the probe passes (DRY_RUN=1 only shows what it would do, FORCE=1 goes on without)
	@$(ON_SERVERS) $(PY) -m loaders migrate --account "$(ACCOUNT)" $(if $(DRY_RUN),--dry-run) $(if $(RESUME),--resume) $(if $(FORCE),--force) $(if $(DATE_RANGE_START),--date-range-start "$(DATE_RANGE_START)")

status: account ## Show the account's last job
	@$(ON_SERVERS) $(PY) -m loaders status --account "$(ACCOUNT)"

explain: account ## Show why AUDIT=4711 is, or is not, in MongoDB (JSON=1 for programs)
	@[[ "$(AUDIT)" =~ ^-?[0-9]{1,18}$$ ]] || { echo "error: AUDIT is missing or no integer: make explain ACCOUNT=$(ACCOUNT) AUDIT=4711" >&2; exit 2; }
	@$(ON_SERVERS) $(PY) -m loaders explain --account "$(ACCOUNT)" --audit "$(AUDIT)" $(if $(JSON),--json)

rollback: account ## Delete the account's migrated logs (DRY_RUN=1 counts them)
	@$(ON_SERVERS) $(PY) -m loaders rollback --account "$(ACCOUNT)" $(if $(DRY_RUN),--dry-run)

indexes: setup ## Create the indexes of the CDP's collections; no other command does
	@$(PY) -m ingest.demo --account "$(or $(ACCOUNT),demo-small)" -- $(PY) -m loaders indexes

.PHONY: serve worker demo-session
serve: setup ## Serve the API and the pages (WORKER=1 runs a worker beside it)
	@$(ON_ALL_SERVERS) $(PY) -m loaders serve $(if $(WORKER),--worker)

worker: setup ## Run triggered jobs and those that a dead worker left, one at a time
	@$(ON_ALL_SERVERS) $(PY) -m loaders worker

demo-session: account ## Print a session token of a demo account, as the gateway would sign it
	@$(PY) -m ingest.demo session --account "$(ACCOUNT)"

.PHONY: import-id-map purge
purge: account ## Remove the account's staging after its sign-off (FORCE=1 without one)
	@$(ON_SERVERS) $(PY) -m loaders purge --account "$(ACCOUNT)" $(if $(FORCE),--force)

import-id-map: account ## Map persons to contacts from a CSV: IN=id_map.csv (crm_person_id, customer_id)
	@test -n "$(IN)" || { echo "error: IN is missing: make import-id-map ACCOUNT=… IN=id_map.csv" >&2; exit 2; }
	@$(ON_SERVERS) $(PY) -m loaders import-id-map --account "$(ACCOUNT)" "$(IN)"

.PHONY: lake lake-query
lake: account $(LAKE_READY) ## Transform the account's staging file into the lake of all accounts
	@$(ON_SERVERS) $(PY) -m loaders lake --account "$(ACCOUNT)"

lake-query: setup $(LAKE_READY) ## Ask the lake: SQL="select account, count(*) from lake.marts.activity_logs group by all"
	@test -n "$$SQL" || { echo 'error: SQL is missing: make lake-query SQL="select …"' >&2; exit 2; }
	@$(PY) -m ingest.demo --account "$(or $(ACCOUNT),demo-small)" -- $(PY) -m loaders lake-query "$$SQL"

.PHONY: parse demo demo-audits docs test test-faults bench lint check clean lock
parse: setup ## Read doubtful rows: IN=rows.jsonl OUT=parsed.jsonl
	@test -n "$(IN)" -a -n "$(OUT)" || { echo "error: IN or OUT is missing: make parse IN=rows.jsonl OUT=parsed.jsonl" >&2; exit 2; }
	@$(PY) -m ingest parse "$(IN)" "$(OUT)"

demo: setup ## Migrate the four demo accounts on embedded servers (SERVE=1 opens the pages)
	@$(PY) -m ingest.demo --all -- $(PY) -m loaders demo $(DEMO_ACCOUNTS) $(if $(SERVE),--serve)

demo-audits: account ## Add ROWS=50 new audits to a simulated account (SEED=1 chooses which)
	@$(ON_SERVERS) $(PY) -m ingest.demo add --account "$(ACCOUNT)" --rows $(or $(ROWS),50) --seed $(or $(SEED),1)

docs: setup ## Build the dbt docs as one static page (of demo-small without ACCOUNT)
	@$(PY) -m loaders docs --account "$(or $(ACCOUNT),demo-small)"

test: setup $(LAKE_READY) ## Run every test
	@mkdir -p -m 700 $(VAR_DIR) $(VAR_DIR)/tmp
	@TMPDIR=$(abspath $(VAR_DIR))/tmp $(PY) -m pytest -n 2 --dist loadscope --no-loadscope-reorder --basetemp=$(VAR_DIR)/pytest

test-faults: setup ## Kill, cut and forge in every way; about 20 minutes; the score in var/faults.json
	@mkdir -p -m 700 $(VAR_DIR) $(VAR_DIR)/tmp
	@TMPDIR=$(abspath $(VAR_DIR))/tmp $(PY) -m pytest tests/faults --faults=$(VAR_DIR)/faults.json --basetemp=$(VAR_DIR)/pytest

bench: setup ## Measure every stage on ROWS=200000 audits (GROWTH=1: SIZES="100000 1000000"; LONG=1; WORKERS=2)
	@mkdir -p -m 700 $(VAR_DIR) $(VAR_DIR)/tmp
	@TMPDIR=$(abspath $(VAR_DIR))/tmp $(PY) -m tests.benchmarks $(BENCH)

lint: setup ## Check style, types and imports of Python, and style of SQL
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports
	@$(PY) -m sqlfluff lint --disable-progress-bar $(SQL_FOLDERS)

check: lint test ## What a developer runs before a commit

lock: setup ## Pin every dependency anew, with hashes and without addresses
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra demo --extra dev pyproject.toml -o requirements.lock
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group lake -o requirements-lake.lock

clean: ## Remove everything the commands made
	@rm -rf $(VENV) $(dir $(LAKE_READY)) $(VAR_DIR) logs dbt_project/target dbt_project/logs .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Every target sets up what it needs. `make` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# What is typed as a variable stays as it was typed (`NOTE='cost $50'`), reaches commands in the
# environment alone, and is refused by name where no command of the target knows it.
GIVEN := $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name)))
$(foreach name,$(GIVEN),$(eval override export $(name) := $$(value $(name))))
export MAKE_GIVEN := $(GIVEN)
export MAKE_TARGET = $@

VENV := .venv
PY := $(VENV)/bin/python
CRM := $(VENV)/bin/crm-migrate
READY := $(VENV)/.ready
LAKE_READY := .venv-lake/.ready
PYTHON ?= python3
VAR_DIR ?= var
SQL_FOLDERS := dbt_project/models dbt_project/macros dbt_project/tests

export VAR_DIR
export PYTHON
export PYTHONPATH := $(CURDIR)
export PYTHONDONTWRITEBYTECODE := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export RUNTIME__DLTHUB_TELEMETRY := false

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# A switch that is given, and not as no.
said = $(filter-out 0 no No NO false False FALSE,$(1))

# For targets that run no command of `crm-migrate`: what they know beside VAR_DIR and PYTHON.
define only
	$(foreach name,$(filter-out $(1) VAR_DIR PYTHON,$(GIVEN)),$(error make $@ knows no $(name)))
endef

$(READY): requirements.lock
$(LAKE_READY): requirements-lake.lock
$(READY) $(LAKE_READY):
	@"$$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: Python 3.11 or newer is needed; set PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Setting up $(@D): one to three minutes, once ..."
	@"$$PYTHON" -m venv $(@D)
	@$(@D)/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

$(CRM): $(READY)
	@printf '%s\n' '#!/bin/sh' 'root=$$(cd "$$(dirname "$$0")/../.." && pwd)' 'PYTHONPATH=$$root exec "$$root/.venv/bin/python" -m loaders.commands "$$@"' > $@
	@chmod +x $@

##@ First
.PHONY: setup demo status demo-audits
setup: $(CRM) ## Make the virtual environment; every other target does so too

demo: setup ## Migrate the demo accounts on embedded servers (SERVE=1 opens the pages)
	@$(CRM) $@

demo-audits: setup ## Add ROWS=50 new audits to a simulated account (SEED=1 chooses which)
	@$(CRM) $@

##@ An account, in this order (ACCOUNT=…)
.PHONY: indexes probe migrate fleet accounts history failures signoff
indexes: setup ## Create the indexes of the CDP's collections; no other command does
	@$(CRM) $@

probe: setup ## Ask every gate before a migration (ALLOW_EMPTY=1 lets an empty account pass, VERBOSE=1 shows all gates)
	@$(CRM) $@

migrate: setup ## All of it (DRY_RUN=1 only shows, RESUME=1 after a halt, FORCE=1 against a gate, DATE_RANGE_START=…)
	@$(CRM) $@

fleet: setup ## The same for many at once: ACCOUNTS="a b" or enabled, WORKERS=2, SCHEDULER=tcp://host:8786 (AGAIN=1, FORCE=1, RESUME=1, DRY_RUN=1)
	@$(CRM) $@

status: setup ## Show an account's last run, or all accounts (VERBOSE=1 all of it, JSON=1 for programs)
	@$(CRM) $@

accounts: setup ## List the accounts, each with the state of its last run (JSON=1)
	@$(CRM) $@

history: setup ## List the account's runs, a line each
	@$(CRM) $@

failures: setup ## List the audits that failed and were not migrated since (CSV=path, JSON=1)
	@$(CRM) $@

signoff: setup ## Sign the account's last run: BY="Name" [NOTE="..."] [ACCEPT_DRIFT=1]
	@$(CRM) $@

##@ Stage by stage
.PHONY: ingest transform load reconcile report
ingest: setup ## Copy the account's sources into its staging file
	@$(CRM) $@

transform: setup ## Map, join and validate in SQL (dbt build)
	@$(CRM) $@

load: setup ## Write the validated rows to MongoDB
	@$(CRM) $@

reconcile: setup ## Read MongoDB back and close the sum (SAMPLE=500 audits are derived anew)
	@$(CRM) $@

report: setup ## Write the reconciliation report
	@$(CRM) $@

##@ Look
.PHONY: explain sql report-diff overview docs parse
explain: setup ## Show why AUDIT=4711 is, or is not, in MongoDB (JSON=1 for programs)
	@$(CRM) $@

sql: setup ## Ask the account's file: SQL="from marts.audit_outcomes limit 5" [CSV=path]
	@$(CRM) $@

report-diff: setup ## Show what changed between two runs: A=previous B=last, or job ids
	@$(CRM) $@

overview: setup ## Write one page about all accounts
	@$(CRM) $@

docs: setup ## Build the dbt docs as one static page (of demo-small without ACCOUNT)
	@$(CRM) $@

parse: setup ## Read doubtful rows: IN=rows.jsonl OUT=parsed.jsonl
	@$(CRM) $@

##@ Undo and tidy up (what deletes asks, or wants YES=1)
.PHONY: cancel rollback forget purge clean
cancel: setup ## End the account's queued run, or stop its running one after its batch
	@$(CRM) $@

rollback: setup ## Delete the account's migrated logs (DRY_RUN=1 counts, ONLY=drift|differences)
	@$(CRM) $@

forget: setup ## Delete a contact's migrated logs for good: CONTACT=<customer_id>
	@$(CRM) $@

purge: setup ## Remove the account's staging after its sign-off (FORCE=1 without one), in the lake too
	@$(CRM) $@

clean: ## Remove everything the commands made, reports too
	$(call only)
	@rm -rf $(VENV) .venv-lake "$$VAR_DIR" logs dbt_project/target dbt_project/logs .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

##@ Serve
.PHONY: serve worker demo-session
serve: setup ## Serve the API and the pages (WORKER=1 runs a worker beside it)
	@$(CRM) $@

worker: setup ## Run triggered jobs, those that a dead worker left, and what the pages ask for
	@$(CRM) $@

demo-session: setup ## Print a session token of a demo account, as the gateway would sign it
	@$(CRM) $@

##@ Tend
.PHONY: import-id-map lake lake-query
import-id-map: setup ## Map persons to contacts from a CSV: IN=id_map.csv (crm_person_id, customer_id)
	@$(CRM) $@

lake: setup $(LAKE_READY) ## Transform the account's staging file into the lake of all accounts
	@$(CRM) $@

lake-query: setup $(LAKE_READY) ## Ask the lake: SQL="select account, count(*) from lake.marts.activity_logs group by all"
	@$(CRM) $@

##@ Develop
.PHONY: test test-quick test-faults test-mutants bench pictures lint audit sbom check lock
test: setup $(LAKE_READY) ## Run every test but the longest faults
	$(call only)
	@mkdir -p -m 700 "$$VAR_DIR" "$$VAR_DIR/tmp"
	@TMPDIR="$$(realpath "$$VAR_DIR")/tmp" $(PY) -m pytest -n 2 --dist loadscope --no-loadscope-reorder --durations=10 --basetemp="$$VAR_DIR/pytest"

test-quick: setup ## Run the tests that use no server, no browser and no dbt
	$(call only)
	@mkdir -p -m 700 "$$VAR_DIR" "$$VAR_DIR/tmp"
	@TMPDIR="$$(realpath "$$VAR_DIR")/tmp" $(PY) -m pytest -m "not slow" -n 2 --dist loadscope --durations=10 --basetemp="$$VAR_DIR/pytest"

test-faults: setup ## Kill, cut and forge in every way, and try the benchmark; the score in var/faults.json
	$(call only)
	@mkdir -p -m 700 "$$VAR_DIR" "$$VAR_DIR/tmp"
	@TMPDIR="$$(realpath "$$VAR_DIR")/tmp" $(PY) -m pytest tests/faults tests/benchmarks --faults="$$VAR_DIR/faults.json" --basetemp="$$VAR_DIR/pytest"

test-mutants: setup ## Change the rules' SQL one place at a time: the tests must notice 95 % (ONLY=model, SAMPLE=20 a model)
	$(call only,ONLY SAMPLE)
	@mkdir -p -m 700 "$$VAR_DIR" "$$VAR_DIR/tmp"
	@TMPDIR="$$(realpath "$$VAR_DIR")/tmp" $(PY) -m tests.mutants

bench: setup ## Measure every stage on ROWS=200000 audits (GROWTH=1: SIZES="100000 1000000"; LONG=1; FLEET=100; WORKERS=2)
	$(call only,ROWS GROWTH SIZES LONG FLEET WORKERS)
	@mkdir -p -m 700 "$$VAR_DIR" "$$VAR_DIR/tmp"
	@TMPDIR="$$(realpath "$$VAR_DIR")/tmp" $(PY) -m tests.benchmarks $(if $(call said,$(GROWTH)),growth,$(if $(call said,$(LONG)),long,$(if $(FLEET),fleet,$(if $(WORKERS),workers,stages))))

pictures: setup ## Draw the pictures of README anew, in Chromium
	$(call only)
	@$(PY) -m tests.pictures

lint: setup ## Check style, types and imports of Python, and style of SQL
	$(call only)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports
	@$(PY) -m sqlfluff lint --disable-progress-bar $(SQL_FOLDERS)

audit: setup ## Check the code and the locked packages: faults, vulnerabilities, licences
	$(call only)
	@$(PY) -m bandit --quiet --recursive ingest loaders 2> >(grep -v 'nosec encountered' >&2)
	@$(PY) -m tests.supply

sbom: setup ## List every installed package for whoever has to check it: var/sbom.json (CycloneDX)
	$(call only)
	@mkdir -p -m 700 "$$VAR_DIR"
	@umask 077 && $(VENV)/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml -o "$$VAR_DIR/sbom.json" $(PY)
	@echo "$$VAR_DIR/sbom.json"

check: lint test ## What a developer runs before a commit

lock: setup ## Pin every dependency anew, with hashes and without addresses
	$(call only)
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra demo --extra dev pyproject.toml -o requirements.lock
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group lake -o requirements-lake.lock

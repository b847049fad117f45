# Cookie Lab. `make` alone prints the targets; each one sets up what it needs on first use.
#
# ENGINE=docker|netns   which engine (default: Docker where it answers, otherwise namespaces)
# CAPTURE=mitm|passive|off   what is recorded (default: mitm for lab-up and one scenario, off for the matrix)
# WORKERS=2   how many processes share the test suite
# STORE=memory|sqlite|redis   where the session table keeps its sessions (default: memory)
# LAB_NAME, LAB_PUBLIC_NET, LAB_HOME_NET, LAB_OFFICE_NET, LAB_BACKEND_NET, LAB_ACCESS_NET, LAB_FLAT_NET, LAB_CAFE_NET, LAB_TUNNEL_NET, LAB_SIX_NET, LAB_MITMWEB_PORT, LAB_WEB_PORTS: see compose/

UV_VERSION := 0.13.9
# A Python of 3.12 or later: one on PATH, else one that a version manager has although another is selected.
PYTHON ?= $(shell for p in python3.13 python3.14 python3.12 python3 \
		"$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.13.*/bin/python3 "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.1[24-9].*/bin/python3 \
		"$$HOME"/.pyenv/versions/3.1[2-9].*/bin/python3 "$$(uv python find '>=3.12' 2>/dev/null)"; do \
	command -v "$$p" >/dev/null 2>&1 && "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && \
	echo "$$p" && break; done)
define NO_PYTHON
Cookie Lab needs Python 3.12 or later, and there is none on PATH, in pyenv or in uv. To get one:
  Debian 13, Ubuntu 24.04 or later   sudo apt-get install python3 python3-venv
  Debian 12, Ubuntu 22.04            have none; uv brings one: sudo apt-get install pipx && pipx install uv,
                                     then  ~/.local/bin/uv python install 3.13 && make PYTHON="$$(~/.local/bin/uv python find 3.13)"
  macOS                              brew install python@3.13
One that is elsewhere is named by  make PYTHON=/path/to/python3.13
endef
export NO_PYTHON
WORKERS ?= 2
LAB := .venv/bin/cookielab
PYTEST := .venv/bin/pytest
READY := .venv/.ready
DEV := .venv/.dev
SYNC := VIRTUAL_ENV= .venv/bin/uv sync --quiet --frozen --inexact --python .venv/bin/python

export ENGINE CAPTURE STORE

.DEFAULT_GOAL := help
.PHONY: help setup tools lab-up lab-down lab-status scenarios test lint format doctor base-image bench-boot bench-sessions fuzz crash-sessions proof-sessions mutants-sessions test-apps test-more judged found-out mutants wheel image clean

help: ## show this list
	@echo "Cookie Lab: when many people share one address, does this web server still know who is who?"
	@awk -F ':.*## ' '/^##@ /{print "\n" substr($$0, 5)} /^[a-z%-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo; echo "  scenarios: cycle nat port-reuse roam foreign-cookie forged, and 54 more: see README.md"
	@echo; echo "Your own server: .venv/bin/cookielab check (see docs/checking.md). Whatever fails, make itself ends with 2; the"
	@echo "command's own code (1 broken, 2 usage, 3 could not decide) stands in make's last line, and .venv/bin/cookielab ends with it."

##@ The lab
lab-up: tools ## bring the lab up and print where mitmweb listens
	@$(LAB) up

lab-down: $(READY) ## take the lab down; nothing is left
	@$(LAB) down

lab-status: $(READY) ## show the hosts, their addresses and mitmweb's password
	@$(LAB) status

scenario-%: tools ## play one scenario, for example scenario-nat
	@$(LAB) run $*

scenarios: tools ## play all scenarios against all handlers and print the matrix
	@$(LAB) run all

doctor: $(READY) ## tell per engine what is there, what is missing or optional, and how to get it
	@$(LAB) doctor

base-image: ## build a local base image with debootstrap, where no image can be pulled
	@compose/base-image.sh

wheel: $(READY) ## build the installable package into dist/ (see docs/installing.md)
	@.venv/bin/uv build --quiet --wheel --out-dir dist && ls dist/cookielab*.whl

image: ## build the image `cookielab`: the command for people without Python (see docs/installing.md)
	@docker compose -f compose/tool.yaml build

clean: ## remove the virtual environment and the evidence of runs
	rm -rf .venv .lab .apps dist

##@ For whoever changes it
setup: $(DEV) ## make the virtual environment from the lock file

test: tools $(DEV) ## run the whole test suite, on every engine that this machine has
	@cd sessiontable && ../$(PYTEST) --numprocesses $(WORKERS) --dist loadgroup
	@$(PYTEST) --numprocesses $(WORKERS) --dist loadgroup

lint: $(DEV) ## check style and types
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@cd sessiontable && ../.venv/bin/mypy

format: $(DEV) ## put the code into shape
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

test-apps: tools $(DEV) ## install and check real applications: Django admin, express-session, PHP, better-auth, Flask-Login
	@$(PYTEST) -m apps tests/subjects

test-more: tools $(DEV) ## check more than a hundred further servers, and play each race a hundred times: half an hour
	@$(PYTEST) -m 'more or not more' tests/subjects/test_small.py tests/subjects/test_more.py tests/subjects/test_frameworks.py tests/unit/judging/test_races.py

judged: tools $(DEV) ## check every small server and application several times, and write docs/judged.md
	@.venv/bin/python -m tests.subjects.judged

found-out: tools $(DEV) ## try `init` on the frameworks' first steps and real applications, and write docs/found-out.md
	@.venv/bin/python -m tests.subjects.found_out

mutants: $(DEV) ## change the judge in thousands of small ways: a test must notice each (not in CI)
	@$(SYNC) --group mutants
	@.venv/bin/python -m mutmut run
	@.venv/bin/python -m mutmut results

mutants-sessions: $(DEV) ## change the session table in thousands of small ways: a test must notice each (not in CI)
	@$(SYNC) --group mutants
	@cd sessiontable && ../.venv/bin/python -m mutmut run
	@cd sessiontable && ../.venv/bin/python -m mutmut results

proof-sessions: $(DEV) ## hold the session table against its model for minutes, and play all orders of requests
	@cd sessiontable && PROOF_LONG=1 ../$(PYTEST) tests/proof

fuzz: $(DEV) ## give the session table a million hostile Cookie headers
	@$(SYNC) --group fuzz
	@cd sessiontable && ../.venv/bin/python -m tests.fuzz

crash-sessions: $(DEV) ## kill -9 servers under load, 200 times on SQLite and 50 on Redis
	@cd sessiontable && ../.venv/bin/python -m tests.crash

bench-boot: tools $(DEV) ## measure start-up times and print a table of medians
	@.venv/bin/python -m tests.bench.boot

bench-sessions: $(DEV) ## measure the session table beside its peers, about 16 minutes
	@$(SYNC) --group bench
	@cd sessiontable && ../.venv/bin/python -m tests.bench

tools: $(READY)
	@$(LAB) doctor --install --quiet

# The versions are those of uv.lock. A uv on PATH may be a version manager's shim, so the environment brings its own.
# All is compiled now: where a user may not write here, or Python is told not to, each start would compile it again.
$(READY): uv.lock pyproject.toml
	@python="$(PYTHON)"; test -n "$$python" || { echo "$$NO_PYTHON" >&2; exit 3; }; \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' || \
	{ echo "PYTHON=$$python is no Python of 3.12 or later, which Cookie Lab needs" >&2; exit 3; }; \
	echo "setting up .venv with $$("$$python" --version) ..." >&2; "$$python" -m venv .venv
	@.venv/bin/python -m pip install --quiet uv==$(UV_VERSION)
	@$(SYNC) --no-dev --extra mitm --extra docker --extra redis --compile-bytecode
	@.venv/bin/python -m compileall -q src sessiontable/src server clients nat scenarios
	@touch $@

# What the suite and the checks need on top: it is not what a first scenario should wait for.
$(DEV): $(READY)
	@echo "adding what the tests need to .venv ..." >&2
	@$(SYNC) --all-extras --compile-bytecode
	@touch $@

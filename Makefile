# Every target works on a machine with Python >= 3.11, git and make alone.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help env peers check format test notebooks report reports lab docs picture bench lock

help:  ## Show the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

env: .venv/installed  ## Make .venv from requirements.lock

.venv/installed: requirements.lock pyproject.toml povlib/report/kernelspec/kernel.json
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'povlib needs Python 3.11 or later; try: make PYTHON=python3.12 $(MAKECMDGOALS)'; exit 1; }
	@echo 'Installing into .venv (once, some 2 minutes) ...'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

peers: .venv/peers  ## Add what `povlib backtest --peers` compares with

.venv/peers: .venv/installed requirements-peers.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-peers.lock
	@touch $@

check: env  ## Style, types, architecture, notebooks without outputs; changes nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/nbstripout --verify --keep-id --extra-keys "metadata.language_info" notebooks/*.ipynb

format: env  ## Mend style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/nbstripout --keep-id --extra-keys "metadata.language_info" notebooks/*.ipynb

# Tests run side by side: threads of the linear algebra beside them would only wait for one another.
test: env  ## Run the tests
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist loadfile

notebooks: env  ## Run every notebook, and all else that needs a kernel
	$(BIN)/python -m pytest -m notebook

report: env  ## One report: make report AREA=01906
	$(BIN)/povlib report $(if $(AREA),--area $(AREA))

reports: env  ## The 92 reports, that of the province and the annexes, into output/thai-nguyen/
	$(BIN)/povlib report
	$(BIN)/povlib annexes output/thai-nguyen

lab: env  ## Open JupyterLab
	$(BIN)/povlib lab

docs: env  ## Build the documentation, warnings as errors, into docs/_build/
	$(BIN)/sphinx-build -W --keep-going -q docs docs/_build

picture: env  ## Draw the first page of a report, which README.md shows
	$(BIN)/python docs/first_page.py

bench: env  ## Measure what reports, projections and imports cost; how far effects can be trusted
	$(BIN)/python bench/reports.py
	$(BIN)/python bench/trajectory.py
	$(BIN)/python bench/impact.py
	$(BIN)/python bench/import.py
	$(BIN)/python bench/audit.py

LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url \
	--python-version 3.11 pyproject.toml
lock: env  ## Compile requirements.lock and requirements-peers.lock anew from pyproject.toml
	$(LOCK) --extra areas --extra docs --extra cluster --group dev --output-file requirements.lock
	$(LOCK) --extra peers --constraint requirements.lock --output-file requirements-peers.lock

# make run: the site on this machine.  make test: everything that must hold.  make: this list.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
PY := .venv/bin/python
ADDRESS := http://127.0.0.1:$(PORT)
TEMPLATES = $(shell git ls-files 'templates/*.html')
# as on a real installation; nothing of it is used but for the checks
PRODUCTION := DEBUG=false SECRET_KEY=only-for-the-check-0123456789-abcdefghijklmnopqrstuvwxyz ALLOWED_HOSTS=visits.example.vn EMAIL_URL=dummy://

.DEFAULT_GOAL := help
.PHONY: help run test test-browser bench papers lint format vendor messages clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# A stamp per list of requirements: pip runs again only when a list has changed.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; name it: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv

.venv/installed: requirements.txt | .venv/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/installed-dev: requirements.txt requirements-dev.txt | .venv/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch .venv/installed $@

run: export DEBUG = true
run: .venv/installed ## set up what is missing, demo data on the first run, then serve (PORT=8000)
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py createcachetable
	@$(PY) manage.py compile_catalogue
	@$(PY) manage.py demo --if-empty
	@$(PY) manage.py demo --who
	@echo
	@echo "Field visits: $(ADDRESS)   (Ctrl-C stops it; the data stays in var/)"
	@exec $(PY) manage.py runserver $(PORT)

test: .venv/installed-dev ## all tests: SQLite with coverage, PostgreSQL, browser walks
	@$(PY) -m tests.run

test-browser: .venv/installed-dev ## only the walks in a real browser
	@$(PY) -m tests.run browser

bench: .venv/installed-dev ## how fast pages are at 500,000 visits; var/bench.json (BENCH=--small for a quick look)
	@$(PY) -m tests.bench $(BENCH)

papers: export DEBUG = true
papers: .venv/installed ## every official paper of the data as .docx, .xlsx, .pdf, .png in var/papers (needs LibreOffice; PAPERS=--all for all)
	@$(PY) manage.py papers --out var/papers $(PAPERS)

lint: .venv/installed-dev ## style, templates, types, migrations, settings of an installation, vendored files
	.venv/bin/ruff check --output-format concise .
	.venv/bin/ruff format --check --output-format concise .
	$(if $(TEMPLATES),.venv/bin/djade --check --target-version 5.2 $(TEMPLATES))
	DEBUG=true .venv/bin/mypy
	DEBUG=true $(PY) manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING
	DEBUG=true $(PY) manage.py vendor_static --check

format: .venv/installed-dev ## let the formatters rewrite Python and templates as make lint wants them
	.venv/bin/ruff check --fix --quiet . || true
	.venv/bin/ruff format .
	$(if $(TEMPLATES),.venv/bin/djade --target-version 5.2 $(TEMPLATES) || true)

vendor: .venv/installed ## copy the front-end libraries again from their packages (needs npm)
	DEBUG=true $(PY) manage.py vendor_static

messages: .venv/installed ## bring the Vietnamese catalogue up to date with the code (needs gettext)
	DEBUG=true $(PY) manage.py makemessages --locale vi --no-wrap --add-location file --ignore '.venv' --ignore 'var/*' --ignore 'static/vendor/*'
	DEBUG=true $(PY) manage.py compile_catalogue

clean: ## remove the virtual environment and test results; keeps the data in var/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache var/mypy var/coverage* var/test.sqlite3* var/screenshots
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

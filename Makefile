# The hub's commands. `make up` needs Python 3.11 or newer and make; everything else it gets for itself.
.POSIX:
.SUFFIXES:
.DEFAULT_GOAL := up
.PHONY: up test tests lint style types migrations templates leaks faults bench relevance schema screenshots lock
.SILENT:

# Many machines' images say that no bytecode is to be kept, and each of the hub's processes would take twice as long
# to start.
export PYTHONDONTWRITEBYTECODE =

PYTHON := .venv/bin/python
INSTALLED := .venv/.installed
CODE := manage.py hub knowledge tenants tests

# Starts the hub and serves it until Ctrl-C.
up: $(INSTALLED)
	exec $(PYTHON) manage.py up

# Everything that must hold before a change is taken. Types take one processor as long as the rest of the checks and the
# making of the databases take the other; tests need not wait for them. Whether migrations say all that the models do is
# one of the tests, which have loaded the models anyway.
test: $(INSTALLED)
	$(MAKE) -j 2 style types tests

tests: templates
	exec $(PYTHON) -m pytest -n auto --dist loadfile --no-loadscope-reorder

templates: $(INSTALLED)
	$(PYTHON) -W ignore::RuntimeWarning -m tests.database templates

lint: style types migrations

types: $(INSTALLED)
	$(PYTHON) -m mypy $(CODE)

style: $(INSTALLED)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check --quiet .
	.venv/bin/lint-imports

migrations: $(INSTALLED)
	DJANGO_SETTINGS_MODULE=hub.config.settings.testing \
		$(PYTHON) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

# Looks for leaks between units and into restricted incidents, for LEAKS_SECONDS (60).
leaks: $(INSTALLED)
	exec $(PYTHON) -W ignore::RuntimeWarning -m tests.tenancy

# Breaks the hub for FAULTS_SECONDS (60) in every way that machines have, and accounts for every page.
faults: $(INSTALLED)
	exec $(PYTHON) -W ignore::RuntimeWarning -m tests.faults

# Prints how fast the hub is, as ratios to hand-written SQL.
bench: $(INSTALLED)
	exec $(PYTHON) -W ignore::RuntimeWarning -m tests.bench

# Prints how well the search ranks, over judged queries, beside plain BM25.
relevance: $(INSTALLED)
	exec $(PYTHON) -W ignore::RuntimeWarning -m tests.relevance

# Prints the GraphQL schema anew, after a change of types.
schema: $(INSTALLED)
	DJANGO_SETTINGS_MODULE=hub.config.settings.testing exec $(PYTHON) manage.py schema

# Writes every page, at every width, light, dark and in print, to screenshots/; those that SCREENSHOTS_OF matches.
screenshots: $(INSTALLED)
	exec $(PYTHON) -m pytest -q -n 0 tests/web/pages/screenshots.py

# Chooses the newest packages that pyproject.toml allows.
lock:
	sh deploy/install lock

$(INSTALLED): deploy/requirements.lock deploy/install
	sh deploy/install sync

# `make run` is all a newcomer needs; `make help` lists the rest.

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
# Test options, for example: make test-fast PYTEST_ARGS="-x -k booking"
PYTEST_ARGS ?=
# One test process a core; each has a database of its own.
TEST_PROCESSES ?= auto

BIN = $(VENV)/bin/python
RUNTIME = $(VENV)/.installed
DEVELOPMENT = $(VENV)/.installed-dev

# `make run` is for this machine only: plain http, and errors explained on the page.
DEV = DEBUG=on HTTPS=off DJANGO_RUNSERVER_HIDE_WARNING=true
# What a deployment sets; nothing of the developer's own shell or database gets in.
STRICT = DEBUG=off HTTPS=on ALLOWED_HOSTS=example.org CSRF_TRUSTED_ORIGINS= TRUSTED_PROXIES= BASE_PATH= \
	SECRET_KEY=$$($(BIN) -c "import secrets; print(secrets.token_urlsafe(60))") \
	DATABASE_URL=sqlite://:memory: REDIS_URL= DJANGO_SETTINGS_MODULE=practice_portal.settings

# The tests start Python dozens of times: it may keep what it has compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run serve test test-fast test-servers test-browser bench lint format messages check css icons screenshots help-pictures \
	lighthouse

help:
	@echo "make run        the portal with the demo street on http://127.0.0.1:$(PORT) (PORT= moves it)"
	@echo "make serve      production settings and server; HTTPS=off for a look on plain http"
	@echo "make test       all tests (DATABASE_URL= and REDIS_URL= choose what they run on)"
	@echo "make bench      speed at ten years times ten, and sign-ups a second"
	@echo "make test-fast  all but those with servers and browsers (PYTEST_ARGS= adds options)"
	@echo "make lint       format, lint, migrations and deployment settings, changing nothing"
	@echo "make format     put code and templates into shape"
	@echo "make messages   compile our words for Django's phrases (needs gettext's msgfmt)"
	@echo "make check      lint and test"
	@echo "make screenshots  every page as a picture, in screenshots/"
	@echo "make help-pictures  the pictures of the clerks' help page, in static/help/"
	@echo "make lighthouse the public pages as Lighthouse sees them (needs npm)"
	@echo "make css        Bootstrap's sheet again, after a template uses another of its classes"
	@echo "make icons      favicon, touch icon and share picture from static/favicon.svg"

# The stamps make the second start quick: pip runs again only when a list has changed.
$(BIN):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"The portal needs Python 3.11 or newer (需要 Python 3.11 以上): make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.txt | $(BIN)
	$(BIN) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt $(RUNTIME)
	$(BIN) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

run: $(RUNTIME)
	@$(DEV) $(BIN) manage.py migrate --verbosity 0
	@$(DEV) $(BIN) manage.py createcachetable --verbosity 0
	@$(DEV) $(BIN) manage.py load_demo --if-empty
	@$(DEV) $(BIN) manage.py welcome --port $(PORT)
	@$(DEV) $(BIN) manage.py runserver 127.0.0.1:$(PORT)

# One shell, so that every step sees the same key. One blocking thread per process and more
# processes for more cores: Python threads would only wait for each other.
serve: $(RUNTIME)
	@set -eu; \
	export DEBUG=off DJANGO_SETTINGS_MODULE=practice_portal.settings; \
	export ALLOWED_HOSTS="$${ALLOWED_HOSTS:-127.0.0.1,localhost}"; \
	if [ -z "$${SECRET_KEY:-}$${SECRET_KEY_FILE:-}" ]; then \
		export SECRET_KEY_FILE="$${DATA_DIR:-var}/secret_key"; \
		mkdir -p "$${DATA_DIR:-var}"; \
		[ -s "$$SECRET_KEY_FILE" ] || (umask 077; \
			$(BIN) -c "import secrets; print(secrets.token_urlsafe(60))" > "$$SECRET_KEY_FILE"); \
	fi; \
	$(BIN) manage.py migrate --verbosity 0; \
	$(BIN) manage.py createcachetable --verbosity 0; \
	$(BIN) manage.py collectstatic --no-input --verbosity 0; \
	case "$${HTTPS:-on}" in \
		[Oo][Ff][Ff]|0|[Nn][Oo]|[Ff][Aa][Ll][Ss][Ee]) ;; \
		*) echo "HTTPS is on: pages are answered to a reverse proxy with TLS (TRUSTED_PROXIES)." \
			"For a look on plain http: make serve HTTPS=off" ;; \
	esac; \
	exec $(BIN) -m granian --interface wsgi --host 127.0.0.1 --port $(PORT) \
		--workers "$${WORKERS:-$$(getconf _NPROCESSORS_ONLN)}" --blocking-threads 1 \
		practice_portal.wsgi:application

test: test-fast test-servers test-browser

test-fast: $(DEVELOPMENT)
	$(BIN) -m pytest -m "not browser and not servers" -n $(TEST_PROCESSES) --dist worksteal $(PYTEST_ARGS)

# With every core to itself: several servers and forty clients.
test-servers: $(DEVELOPMENT)
	$(BIN) -m pytest tests/servers $(PYTEST_ARGS)

# A process of its own: Playwright's event loop and the ORM do not go together.
test-browser: $(DEVELOPMENT)
	$(BIN) -m pytest tests/browser $(PYTEST_ARGS)

# Ten years of the street times ten, and fifty clients on one session; not part of the tests.
bench: $(DEVELOPMENT)
	$(BIN) tests/bench/scale.py
	$(BIN) tests/bench/hot_session.py

lint: $(DEVELOPMENT)
	$(BIN) -m ruff format --check .
	$(BIN) -m ruff check .
	$(BIN) -m djlint templates --check
	$(BIN) -m djlint templates --lint
	@$(STRICT) $(BIN) manage.py makemigrations --check --dry-run
	@$(STRICT) $(BIN) manage.py check --deploy --fail-level WARNING

format: $(DEVELOPMENT)
	$(BIN) -m ruff check --fix .
	$(BIN) -m ruff format .
	$(BIN) -m djlint templates --reformat --quiet --warn

messages:
	@for file in practice_portal/locale/zh_Hans/LC_MESSAGES/*.po; do \
		msgfmt --check-format --output-file="$${file%.po}.mo" "$$file"; \
	done

check: lint test

icons: $(DEVELOPMENT)
	$(BIN) tools/draw_icons.py

css: $(RUNTIME)
	$(BIN) tools/trim_bootstrap.py

# Every page as a picture, in screenshots/ (git-ignored), to be looked at.
screenshots: $(DEVELOPMENT)
	$(BIN) -m pytest tests/browser/take_screenshots.py $(PYTEST_ARGS)

# The pictures of 帮助, from the demo street; committed, because the page is served with them.
help-pictures: $(DEVELOPMENT)
	$(BIN) -m pytest tests/browser/take_help_pictures.py $(PYTEST_ARGS)

# Not part of the tests: it takes minutes, and npm has to be there.
LIGHTHOUSE = var/lighthouse/node_modules/.bin/lighthouse
$(LIGHTHOUSE):
	npm install --prefix var/lighthouse --no-fund --no-audit --silent lighthouse@12.8.2

lighthouse: $(DEVELOPMENT) $(LIGHTHOUSE)
	LIGHTHOUSE=$(LIGHTHOUSE) $(BIN) -m pytest tests/browser/run_lighthouse.py -s $(PYTEST_ARGS)

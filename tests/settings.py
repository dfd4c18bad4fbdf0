"""Production's settings on plain http, fast and in a temporary directory.

Only DATABASE_URL and REDIS_URL are taken from outside: they choose what the tests run on. The
rest is assigned, not defaulted, so that a developer's shell changes no result.
"""

import os
import tempfile
from pathlib import Path

# Whoever comes first makes the directory and removes it at its end. Processes started by a test
# inherit the variable and so share database and media with it; of the xdist workers each has a
# folder of its own, as each has a database.
if "TEST_DATA_DIR" not in os.environ:
    _directory = tempfile.TemporaryDirectory(prefix="portal-tests-", ignore_cleanup_errors=True)
    os.environ["TEST_DATA_DIR"] = _directory.name
_folder = Path(os.environ["TEST_DATA_DIR"], os.environ.get("PYTEST_XDIST_WORKER", ""))
_folder.mkdir(parents=True, exist_ok=True)

os.environ.update(
    DATA_DIR=str(_folder),
    DEBUG="off",
    HTTPS="off",
    SECRET_KEY="a-constant-key-that-guards-nothing-but-the-rows-of-the-tests",
    SECRET_KEY_FILE="",
    ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
    CSRF_TRUSTED_ORIGINS="",
    TRUSTED_PROXIES="",
    DEMO_PASSWORD="",
    LOG_FORMAT="",
    SECOND_FACTOR="",
    ICP_NUMBER="",
    SITE_CODE="",
    PSB_NUMBER="",
    OPERATOR="",
    BASE_URL="",
    BASE_PATH="",
    LADDER_CENTRE="",
    LADDER_STATION="",
)

from practice_portal.settings import *  # noqa: E402, F403
from practice_portal.settings import CACHES, DATA_DIR, STORAGES  # noqa: E402

# The real one is slow on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Static files straight from their sources: no collectstatic before a test.
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
STATIC_ROOT = Path(DATA_DIR) / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

# A shared Redis remembers: no run and no xdist worker may see the counters of another.
CACHES["default"]["KEY_PREFIX"] = "-".join(
    [Path(os.environ["TEST_DATA_DIR"]).name, os.environ.get("PYTEST_XDIST_WORKER", "main")]
)

"""The tests' settings, with the bench as a reverse proxy: each client has an address of its own."""

from tests.settings import *  # noqa: F403

TRUSTED_PROXIES = ["127.0.0.1"]

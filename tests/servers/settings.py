"""The tests' settings, behind a proxy: each client of a race has an address of its own.

Else the counter of tries from one address, a row like any other, would let them through one by one
and hide what the locks of the session have to do.
"""

from tests.settings import *  # noqa: F403

TRUSTED_PROXIES = ["127.0.0.1"]

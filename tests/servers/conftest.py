"""Tests with servers of their own: several processes, real HTTP, a database that is no test's.

Nothing here touches the ORM of this process; rows are made and counted by `manage.py shell`.
"""

from pathlib import Path

import pytest


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.servers)

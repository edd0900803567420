"""What a worker's session sets for its process, and other tests of this one are to be without."""

import sys

import pytest

from asyncbench.core import loading


@pytest.fixture(autouse=True)
def leaves_no_place_behind(monkeypatch):
    """Have relative paths start from where each test stands, whatever a session has set."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    loading.start_from("")

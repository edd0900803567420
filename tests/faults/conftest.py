"""Each test has a `work.py` of its own, which the next is not to find loaded."""

import sys

import pytest


@pytest.fixture(autouse=True)
def forget_work():
    path = list(sys.path)
    yield
    sys.modules.pop("work", None)
    sys.path[:] = path

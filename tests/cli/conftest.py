"""What the tests of the command share."""

import pytest

from tests.support.typed import typed


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Give what runs a command in a folder of its own: exit status, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def tell(*arguments):
        ran = typed(*arguments, cwd=tmp_path)
        return ran.returncode, ran.stdout, ran.stderr

    return tell

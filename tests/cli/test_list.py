"""`asyncbench list`: all names on one screen, and any one of them whole."""

import pytest

from tests.cli.test_cli import command
from tests.cli.test_slips import SERVICE


@pytest.mark.parametrize("columns", ["80", "100"])
def test_all_names_stand_on_one_screen(tmp_path, columns):
    text = command("list", cwd=tmp_path, env={"COLUMNS": columns}).stdout
    assert text.count("\n") <= 24
    for name in ("sleep", "million-sleepers", "postgres-query", "asyncio-to-thread", "uvloop"):
        assert name in text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sleep", ["sleep (waiting)", "-p seconds=0.003", "-n 50", "asyncbench run sleep -p"]),
        ("network", ["tcp-echo (network)", "http-get (network)"]),
        ("uvloop", ["uvloop (executor)", "the async form", "asyncbench run sleep -e uvloop"]),
        ("svc.py", ["svc.py:get_user", "async alone", "asyncbench run svc.py:get_user -p user_id=",
                    "asyncbench run svc.py:work\n"]),
        ("svc.work", ["svc:work (svc)", "-p rounds=1000", "asyncbench run svc:work"]),
    ],
)  # fmt: skip
def test_one_is_told_whole(tmp_path, name, said):
    (tmp_path / "svc.py").write_text(SERVICE)
    ran = command("list", name, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    for each in said:
        assert each in ran.stdout

"""`asyncbench list`: all names on one screen, and any one of them whole."""

import json

import pytest

from tests.cli.test_slips import SERVICE
from tests.support.typed import typed


@pytest.mark.parametrize("columns", ["80", "100"])
def test_all_names_stand_on_one_screen(tmp_path, columns):
    text = typed("list", cwd=tmp_path, env={"COLUMNS": columns}).stdout
    assert text.count("\n") <= 24
    for name in ("sleep", "million-sleepers", "postgres-query", "asyncio-to-thread", "uvloop"):
        assert name in text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sleep", ["sleep (waiting)", "-p seconds=0.003", "-n 24", "asyncbench run sleep -p"]),
        ("network", ["tcp-echo (network)", "http-get (network)"]),
        ("uvloop", ["uvloop (executor)", "the async form", "asyncbench run sleep -e uvloop"]),
        ("svc.py", ["svc.py:get_user", "async alone", "asyncbench run svc.py:get_user -p user_id=",
                    "asyncbench run svc.py:work\n"]),
        ("svc.work", ["svc:work (svc)", "-p rounds=1000", "asyncbench run svc:work"]),
    ],
)  # fmt: skip
def test_one_is_told_whole(tmp_path, name, said):
    (tmp_path / "svc.py").write_text(SERVICE)
    ran = typed("list", name, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    for each in said:
        assert each in ran.stdout


AT_IMPORT = """
import atexit, os, threading, time
print("noise")
os.chdir("/")
threading.Thread(target=time.sleep, args=(300,)).start()
atexit.register(time.sleep, 300)
{more}

def work(first: int, second=object()):
    \"\"\"Do it.\"\"\"

def other(): ...
"""


def test_what_a_module_does_at_import_does_not_reach_the_command(tmp_path):
    (tmp_path / "svc.py").write_text(AT_IMPORT.format(more=""))
    ran = typed("list", "svc.py", "--json", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    entries = {each["name"]: each for each in json.loads(ran.stdout)["workloads"]}
    assert entries.keys() == {"svc.py:work", "svc.py:other"}
    assert entries["svc.py:work"]["parameters"] == {"first": None, "second": "<object>"}


def test_a_module_that_ends_its_process_is_told_in_a_line(tmp_path):
    (tmp_path / "svc.py").write_text(AT_IMPORT.format(more="os._exit(0)"))
    ran = typed("list", "svc.py", cwd=tmp_path)
    assert ran.returncode == 2
    assert "svc.py cannot be asked: the process that imported it exited" in ran.stderr

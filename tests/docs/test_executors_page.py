"""What docs/executors.md shows of interpreters is what the run that it names comes to."""

import re
from pathlib import Path

from tests.support.typed import typed

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "executors.md").read_text()


def test_the_answer_shown_is_that_of_the_run_that_is_kept(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    [kept] = re.findall(r"\[kept\]\(\.\./(\S+)\)", PAGE)
    [(asked, shown)] = re.findall(r"```console\n\$ (.*)\n((?:.*\n)*?)```", PAGE)
    relative_to = re.search(r"--relative-to (\w+)", asked)
    told = typed("show", str(ROOT / kept), "--relative-to", relative_to[1], cwd=ROOT)
    assert shown.replace("\n", "") in told.stdout.replace("\n", "")


def test_the_reason_that_is_told_is_that_of_the_run(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    told = typed("show", str(ROOT / "results" / "without-the-gil.jsonl"), "--why", cwd=ROOT)
    shown = " ".join(told.stdout.split())
    assert "1.86 CPUs compute at once, 1.02 under threads (python3.13.0)" in shown

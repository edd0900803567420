"""Sweeps, maps, advice, commands and programs: outputs that are lost, and what misbehaves."""

import json

import pytest

from tests.faults import commands, kills
from tests.faults.census import Command
from tests.faults.test_outputs import FULL, WAYS

KINDS = ["sweep", "map", "advise", "loops", "run of commands", "run of a program"]
LOST = ["stderr full", "stderr without a reader", "stdout full", "stdout without a reader",
        "both read once", "both full", "both closed", "all closed"]  # fmt: skip


@pytest.mark.parametrize("way", LOST)
@pytest.mark.parametrize("kind", KINDS)
def test_it_goes_on_and_is_saved(kind, way, tmp_path):
    arguments, _ = kills.KINDS[kind]
    commands.folder(tmp_path)
    for name, text in kills.FILES.items():
        (tmp_path / name).write_text(text)
    ran = commands.shell(WAYS[way], tmp_path, *arguments, "--budget", "2")
    # Advice may need more than that, and ends with 4 then.
    undecided = {4} if kind == "advise" else set()
    assert ran.returncode in {2 if way in FULL else 0} | undecided, ran
    [journal] = (tmp_path / "results").iterdir()
    assert json.loads(journal.read_text().splitlines()[-1])["status"] == "complete"


# What a command does, and whether it fails by it.
MISBEHAVES = {
    "leaves a daemon": ("setsid sleep 77 & exit 0", False),
    "prints without end": ("yes", True),
    "stops": ("kill -STOP $$", True),
    "kills its parent": ("kill -KILL $PPID", True),
    "kills its group": ("kill -KILL 0", True),
    "closes its outputs": ("exec <&- >&- 2>&-; exit 0", False),
    "ends in the middle": ("sleep 0.01; exit 3", True),
}


@pytest.mark.parametrize("way", MISBEHAVES)
def test_a_command_harms_itself_alone(way, tmp_path):
    (tmp_path / "bad.sh").write_text(MISBEHAVES[way][0])
    run = Command(tmp_path, "run", "--command", "good=sleep 0.01", "--command", "bad=bash bad.sh",
                  "-n", "1", "--proof", "exit", "--budget", "2", "--timeout", "1",
                  "-q")  # fmt: skip
    status = run.ended(40)
    assert run.left() == []
    _, printed = run.texts()
    assert status == (3 if MISBEHAVES[way][1] else 0), printed

"""The commands of docs/programs.md do what the page says."""

import re
from pathlib import Path

import pytest

from tests.docs.test_readme import asyncbench

PAGE = (Path(__file__).parents[2] / "docs" / "programs.md").read_text()
COMMANDS = [
    line.partition("  #")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("asyncbench")
]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_works_as_written(tmp_path, command, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))  # where `-m` looks for modules, but for safety
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        (tmp_path / block.partition("\n")[0].removeprefix("# ")).write_text(block)
    ran = asyncbench(command.removeprefix("asyncbench "), tmp_path)
    # So short a run is not enough for a gate.
    assert ran.returncode == (4 if "--fail-on" in command else 0), ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stdout

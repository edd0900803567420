"""What docs/claims.md says was measured is what the runs that it names come to."""

import re
from pathlib import Path

import pytest

import asyncbench
from asyncbench import units
from tests.cli.test_cli import command

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "claims.md").read_text()
ROWS = re.findall(r"beside [\w ]+: (\S+ \([^)]+\)) \(\[(\w+)\]\(\.\./(\S+?)\)\)", PAGE)


def test_every_claim_names_its_run():
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")][2:]
    assert len(ROWS) == len(lines) >= 5
    assert {Path(path).stem for _, _, path in ROWS} == {
        path.stem for path in (ROOT / "results" / "claims").iterdir()
    }


@pytest.mark.parametrize(("figure", "name", "path"), ROWS)
def test_a_figure_is_that_of_its_run(figure, name, path):
    run = asyncbench.load(ROOT / path)
    [judgement] = run.judgements
    assert figure == units.plain_times(judgement.lead.next.ratio)
    assert not judgement.withheld
    assert name == Path(path).stem


def test_a_run_can_be_shown(tmp_path):
    told = command("show", ROOT / "results" / "claims" / "timers.jsonl", "--all", cwd=tmp_path)
    assert told.returncode == 0
    assert "zuvloop wins" in told.stdout

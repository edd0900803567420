"""A sweep measures between its points where executors cross, and keeps what it added."""

import re
import sys
from dataclasses import replace

import pytest

from asyncbench.analysis.result import Result
from asyncbench.analysis.sweep import Sweep
from asyncbench.errors import JournalError
from asyncbench.record import journal, keeping
from asyncbench.record.run import Run
from asyncbench.runner import finer, stopping
from asyncbench.runner.planning import asking, plan
from asyncbench.runner.planning.options import RunOptions
from tests.analysis.test_sweep import ASYNCIO, SIZES, THREADS, noisy, sweep
from tests.support.fakes import ENVIRONMENT, FakeLauncher, measured, swept
from tests.support.whole import measure

STARTED = "2026-11-22T12:00:00+00:00"
FINER = {"finer": 6, "points": len(SIZES) + 6}


@pytest.fixture(scope="module")
def planted():
    return sweep(1, {"threads": THREADS, "asyncio": ASYNCIO}, **FINER)


def test_a_crossover_is_closed_in_upon(planted):
    [found] = planted.crossovers
    assert 8 <= found.low < 10 < found.high <= 12
    assert len(planted.points) <= len(SIZES) + 6
    assert [planted.at(each) for each in planted.points] == sorted(
        planted.at(each) for each in planted.points
    )


def test_what_is_added_is_measured_like_the_rest(planted):
    run = planted.result.run
    added = run.plan.works[len(SIZES) :]
    assert added
    for number, work in enumerate(added, len(SIZES)):
        assert work.tasks == work.at["tasks"]
        assert len(run.plan.cells_of(number)) == 2
    ids = [cell.id for cell in [*run.plan.cells, *run.controls]]
    assert len({*ids}) == len(ids)


def test_even_steps_are_halved_too():
    costs = {
        "threads": lambda load: 0.02 + 0.02 * load.params["share"],
        "asyncio": lambda load: 0.02 + 0.04 * (load.params["share"] - 0.155),
    }
    planned = swept(
        {"share": [0.0, 0.25, 0.5, 0.75, 1.0]}, *costs, log=False, finer=6, points=11, margin=0.01
    )
    [found] = Sweep(Result(measured(planned, FakeLauncher({}, costs)))).crossovers
    assert found.low < 0.31 < found.high
    assert found.high - found.low < 0.1


def test_nothing_is_added_where_nobody_crosses():
    found = sweep(2, {"threads": THREADS, "asyncio": (0.005, 0.001)}, **FINER)
    assert len(found.points) == len(SIZES)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A run with what was added to it, and the journal that was written as it happened."""
    costs = {"threads": noisy(1, *THREADS), "asyncio": noisy(2, *ASYNCIO)}
    run = Run(swept({"tasks": SIZES}, *costs, **FINER), dict(ENVIRONMENT), STARTED)
    launcher = FakeLauncher({}, costs)
    writer = journal.JournalWriter(tmp_path_factory.mktemp("kept") / "run.jsonl")
    writer.begin(run)
    measure(
        run, launcher, stopping.rule_for(run.plan), writer.add,
        clock=launcher.clock, finer=finer.Between(lambda work: work),
    )  # fmt: skip
    writer.close()
    return run, writer.path


def test_a_journal_has_what_was_added(kept):
    run, path = kept
    again = journal.read(path)
    assert len(run.plan.works) > len(SIZES)
    assert (again.plan.works, again.plan.cells) == (run.plan.works, run.plan.cells)
    assert Sweep(Result(again)).crossovers == Sweep(Result(run)).crossovers
    assert '"secrets"' not in path.read_text()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb'"at": {"tasks"', rb'"at": {"tusks"'),
        (rb'"cells": \[{"id": ', rb'"cells": [{"id": -'),
        (rb'"cells": \[{"id": \d+', rb'"cells": [{"id": 0'),
        (rb'"tasks": \d+, "conc', rb'"tasks": 0, "conc'),
        (rb'"control_of": null', rb'"control_of": 0'),
    ],
)
def test_a_point_that_cannot_be_is_a_broken_line(kept, tmp_path, old, new):
    lines = kept[1].read_bytes().splitlines(keepends=True)
    number = next(place for place, line in enumerate(lines) if b'"is": "work"' in line)
    broken = re.sub(old, new, lines[number], count=1)
    assert broken != lines[number]
    lines[number] = broken
    path = tmp_path / "broken.jsonl"
    path.write_bytes(b"".join(lines))
    with pytest.raises(JournalError, match="broken line"):
        journal.read(path)


def test_an_added_work_has_the_demand_of_its_own_point():
    short, long = plan.build(RunOptions(["sleep"], vary=["seconds=0.001,0.004"])).works
    like = replace(short, params=long.params, at=long.at)
    assert asking.like(like) == long


def test_an_added_work_of_a_users_is_asked_in_a_child_and_called_with_its_value(tmp_path):
    (tmp_path / "mine.py").write_text("def nap(n: int, half: float = 0.5):\n    return n\n")
    place = f"{tmp_path}/mine.py:nap"
    options = RunOptions([place], vary=["n=2,8"], executors=["threads", "asyncio-to-thread"])
    planned = plan.build(options)
    assert [work.call["params"] for work in planned.works] == [{"n": "2"}, {"n": "8"}]
    like = finer._like(planned, 4.0)
    added = asking.like(like)
    assert (added.params["n"], added.call["params"], added.at) == (4, {"n": "4"}, {"n": 4.0})
    assert replace(added, params={}, call={}, at={}) == replace(
        planned.works[0], params={}, call={}, at={}
    )
    assert "mine" not in sys.modules


def test_a_run_that_is_written_anew_has_what_was_added(kept, tmp_path):
    again = journal.read(keeping.write(kept[0], tmp_path))
    assert (again.plan.works, again.plan.cells) == (kept[0].plan.works, kept[0].plan.cells)
    assert Sweep(Result(again)).crossovers == Sweep(Result(kept[0])).crossovers

"""A target is there from the first visit of a work that talks to it to the last."""

from dataclasses import replace

from asyncbench.record.lines import Failure, Sample, TargetStarted, TargetUsage
from asyncbench.record.run import Run
from asyncbench.runner import stopping
from tests.support.fakes import ENVIRONMENT, FakeLauncher, plan
from tests.support.whole import measure


def run_of_two_works(launcher, *, same_target):
    """Measure two works with a target each, or one between them; return the run's lines."""
    planned = plan("sequential", "asyncio")
    [work] = planned.works
    first = replace(work, has_target=True)
    second = replace(first, tasks=8, params={"seconds": 0.01 if same_target else 0.02})
    cells = planned.cells + [
        replace(cell, id=cell.id + 2, work=1, reference=f"{cell.reference} second")
        for cell in planned.cells
    ]
    planned = replace(planned, works=[first, second], cells=cells)
    run = Run(planned, dict(ENVIRONMENT), "2026-11-22T12:00:00+00:00")
    lines = []
    rule = stopping.rule_for(planned)
    measure(run, launcher, rule, lines.append, clock=launcher.clock)
    return lines


def lasting(**times):
    """Return a launcher of targets that live, under which all cells take the same time."""
    names = ["sequential", "asyncio", "sequential second", "asyncio second"]
    usual = {name: lambda *_: 0.02 for name in names}
    return FakeLauncher(
        usual | {name.replace("_", " "): time for name, time in times.items()},
        target_lives=lambda *_: True,
    )


def places(lines, kind, **fields):
    return [
        place
        for place, line in enumerate(lines)
        if isinstance(line, kind)
        and all(getattr(line, name) == value for name, value in fields.items())
    ]


def test_a_target_starts_when_its_work_is_first_visited():
    lines = run_of_two_works(lasting(), same_target=False)
    [started] = places(lines, TargetStarted, work=1)
    assert min(places(lines, Sample, cell=0)) < started < min(places(lines, Sample, cell=2))


def test_works_whose_targets_are_equal_share_one():
    launcher = lasting()
    lines = run_of_two_works(launcher, same_target=True)
    assert len(launcher.targets) == 1
    for kind in (TargetStarted, TargetUsage):
        assert [lines[place].work for place in places(lines, kind)] == [0, 1]
    assert launcher.targets[0].closed


def test_works_whose_targets_differ_have_one_each():
    launcher = lasting()
    run_of_two_works(launcher, same_target=False)
    assert [target.closed for target in launcher.targets] == [True, True]


def fails_in_round_two(round_, n):
    return float("inf") if round_ == 2 else 0.02


def test_a_target_ends_when_nobody_is_left_to_talk_to_it():
    launcher = lasting(sequential_second=fails_in_round_two, asyncio_second=fails_in_round_two)
    lines = run_of_two_works(launcher, same_target=False)
    [used] = places(lines, TargetUsage, work=1)
    assert max(places(lines, Failure)) < used < max(places(lines, Sample, cell=0))


def test_a_shared_target_outlives_the_first_of_its_works():
    launcher = lasting(sequential_second=fails_in_round_two, asyncio_second=fails_in_round_two)
    lines = run_of_two_works(launcher, same_target=True)
    assert len(places(lines, TargetUsage)) == 2
    assert {lines[place].cell for place in places(lines, Failure)} >= {2, 3}
    assert not places(lines, Failure, cell=0)


def test_an_interrupt_ends_the_targets_that_have_started():
    def interrupt(round_, n):
        raise KeyboardInterrupt

    launcher = lasting(sequential_second=interrupt)
    run_of_two_works(launcher, same_target=False)
    assert [target.closed for target in launcher.targets] == [True, True]

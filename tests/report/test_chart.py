"""The chart: every ratio where the scale says, within the width, and nothing a terminal obeys."""

from dataclasses import replace

import pytest
from msgspec import structs

from asyncbench import units
from asyncbench.analysis.result import Result
from asyncbench.record.lines import Failure
from asyncbench.record.samples import Samples
from asyncbench.report import view
from asyncbench.report.terminal import chart
from tests.support.fakes import FakeLauncher, measured, plan, steady


@pytest.fixture
def run():
    launcher = steady(sequential=0.04, threads=0.05, processes=0.02, asyncio=0.004, uvloop=0.04)
    return measured(plan(*launcher.times), launcher)


def bars(text):
    """Give each executor's line from the first table of a chart."""
    lines = text.split("\n\n")[0].splitlines()[1:]
    return {line.split()[0]: line for line in lines if line[0] in "stpau"}


@pytest.mark.parametrize("marks", [chart.UNICODE, chart.ASCII])
def test_the_baseline_stands_in_one_column_and_bars_leave_it_to_their_side(run, marks):
    lines = bars(chart.chart(Result(run), 100, marks=marks))
    one = lines["sequential"].index(marks.one)
    middles = {
        name: line[12:].index(marks.middle) + 12
        for name, line in lines.items()
        if name != "sequential"
    }
    assert middles["asyncio"] < middles["processes"] < one < middles["threads"]
    assert middles["uvloop"] == one
    for name in ("asyncio", "processes", "threads"):
        assert lines[name][one] == marks.one
        low, high = sorted((middles[name], one))
        assert set(lines[name][low + 1 : high]) <= {marks.bar, marks.margin}


def test_equal_factors_are_equally_long_whichever_side_they_lie(run):
    launcher = steady(sequential=0.02, threads=0.04, asyncio=0.01)
    lines = bars(chart.chart(Result(measured(plan(*launcher.times), launcher)), 101))
    lengths = [lines[name].count(chart.UNICODE.bar) for name in ("threads", "asyncio")]
    assert abs(lengths[0] - lengths[1]) <= 1
    assert min(lengths) > 10


def test_an_interval_lies_across_the_end_of_its_bar():
    times = {
        "sequential": lambda *_: 0.02,
        "asyncio": lambda round_, _: 0.01 * (1 + round_ % 4 / 4),
    }
    run = measured(plan(*times), FakeLauncher(times))
    line = bars(chart.chart(Result(run), 100))["asyncio"]
    low, middle, high = (line.index(mark) for mark in "├●┤")
    assert low < middle < high < line.index(chart.UNICODE.bar)


def test_the_axis_names_factors(run):
    axis = chart.chart(Result(run), 100).splitlines()[6].split()
    assert axis == ["10x", "5x", "2x", "1.5x", "1", "1.2x"]


def test_the_legend_says_what_is_drawn(run):
    text = " ".join(chart.chart(Result(run), 100).split())
    assert "Time beside that of sequential, log scale: left of │ is faster" in text
    assert "the margin of 3%" in text
    assert "Trust: a cell beside itself" in text


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("marks", [chart.UNICODE, chart.ASCII])
def test_it_fits_the_width(run, width, marks):
    long = "x" * 90
    run.plan.cells[1] = replace(run.plan.cells[1], executor=f"threads@{long}")
    text = chart.chart(Result(run), width, marks=marks)
    assert max(map(len, text.splitlines())) <= width
    assert marks is chart.UNICODE or text.isascii()
    assert (units.times(measured_ratio(run)) in text) == (width >= 80)


def measured_ratio(run):

    return Result(run).judgements[0].rows[3].ratio


def test_cells_that_were_not_judged_say_why_not(run):
    run.failures.append(Failure(3, 1, "it broke"))
    line = next(
        line for line in chart.chart(Result(run), 100).splitlines() if line.startswith("asyncio")
    )
    assert line.endswith("failed")
    assert chart.UNICODE.middle not in line


def test_too_few_rounds_draw_no_interval(run):
    run.samples = Samples(sample for sample in run.samples if sample.round < 3)
    lines = bars(chart.chart(Result(run), 100))
    assert not any(set(line) & set("├┤") for line in lines.values())
    assert chart.UNICODE.middle in lines["asyncio"]


def test_without_a_baseline_there_is_a_chart_without_bars(run):
    run.failures.append(Failure(0, 1, "it broke"))
    text = chart.chart(Result(run), 100)
    assert chart.UNICODE.bar not in text
    assert text.count("no baseline") == 4


def test_variants_are_drawn_beside_the_first():
    times = {"asyncio base": 0.02, "asyncio head": 0.04}
    run = measured(plan("asyncio", variants=["base", "head"], budget_s=20.0), steady(**times))
    text = chart.chart(Result(run), 100)
    lines = {line.partition("  ")[0]: line for line in text.splitlines()}
    assert lines["asyncio (base)"].endswith("baseline")
    assert chart.UNICODE.bar in lines["asyncio (head)"]
    assert "Time beside that of base" in text


def test_twins_make_a_chart_too():
    launcher = steady(**{"sequential": 0.04, "sequential@twin": 0.04})
    run = measured(plan(*launcher.times, margin=0.0), launcher)
    assert chart.UNICODE.middle in bars(chart.chart(Result(run), 80))["sequential@twin"]


@pytest.mark.parametrize("wall_ns", [1, 10**18])
def test_factors_can_be_any(run, wall_ns):
    run.samples = Samples(
        structs.replace(sample, wall_ns=wall_ns) if sample.cell == 1 else sample
        for sample in run.samples
    )
    for width in (40, 80):
        assert max(map(len, chart.chart(Result(run), width).splitlines())) <= width


def test_a_view_chooses_and_sorts_the_bars(run):
    chosen = view.parse((), "ratio", ["executor=asyncio,processes,threads"])
    assert list(bars(chart.chart(Result(run), 80, chosen))) == ["asyncio", "processes", "threads"]


def test_names_are_data(run):
    run.plan.works[0] = replace(run.plan.works[0], workload="a\x1b[31m")
    run.plan.cells[1] = replace(run.plan.cells[1], executor="b\x1b[31m")
    assert "\x1b" not in chart.chart(Result(run), 80)

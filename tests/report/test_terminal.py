"""Tables and CSV of a run whose every number is known."""

import csv
import io
import re
from dataclasses import replace

import pytest

from asyncbench import units
from asyncbench.analysis import records
from asyncbench.analysis.judgement import Verdict
from asyncbench.analysis.result import Result
from asyncbench.errors import UsageError
from asyncbench.record.lines import End
from asyncbench.record.samples import Samples
from asyncbench.report import columns, document, view
from asyncbench.report.export import csv as csv_report
from asyncbench.report.terminal import chart, timeline
from asyncbench.report.terminal import run as table
from asyncbench.report.text import cells
from asyncbench.stats.intervals import Interval
from tests.support import traces
from tests.support.fakes import measured, plan, steady

EVIL = "=cmd|' /C calc'!A0\x1b[31m<b>"


@pytest.fixture
def run():
    launcher = steady(sequential=0.04, threads=0.03, processes=0.02, asyncio=0.01)
    return measured(plan(*launcher.times), launcher)


def test_the_table_of_a_work_is_exact(run):
    text = table.tables(Result(run), 200)
    assert text.startswith(
        "wait: seconds=0.01; 4 tasks a batch; up to 4 at once\n"
        "executor    lanes   time a batch  vs sequential             tasks/s  CPU a batch  switches"
        "        loop held  peak RSS  start-up  over ideal  verdict\n"
    )
    assert (
        "\nasyncio         4  10.0 ms ±0.0%  4.00x faster (4.00-4.00)      400      5.00 ms"
        "     2+0.5  10%, max 100 us      8 MB   1.00 ms           -  wins\n"
    ) in text


def test_there_is_no_table_of_sides_where_one_side_ran():
    launcher = steady(sequential=0.04, threads=0.03)
    text = table.tables(Result(measured(plan(*launcher.times), launcher)), 200)
    assert "wins or loses" not in text


def test_the_contest_is_told_with_its_reason(run):
    text = table.tables(Result(run), 200)
    assert "Where cooperative multitasking wins or loses" in text
    assert "wait      asyncio      processes   2.00x faster (2.00-2.00)  wins" in text
    assert "of CPU time under asyncio, " in text


def test_a_contest_with_nothing_to_say_has_no_empty_reason(run):
    for judgement in (result := Result(run)).judgements:
        judgement.contest.ratio = Interval(1.2, 0.9, 1.4, 0.05)
        judgement.contest.verdict = Verdict.TIES
        judgement.rows = [replace(row, figures=None) for row in judgement.rows]
        judgement.contest.cooperative = judgement.contest.preemptive = judgement.rows[0]
    [table_] = document.answers(result)
    assert table_.notes == []


def test_trust_is_told(run):
    text = table.tables(Result(run), 200)
    assert "Trust: a cell beside itself: wait 1.00x" in text
    assert "seed 7" in text


@pytest.mark.parametrize("width", [40, 60, 80, 100, 150])
def test_tables_fit_the_width(run, width):
    lines = table.tables(Result(run), width).splitlines()
    assert max(map(len, lines)) <= width
    assert any(line.startswith("No room for: ") for line in lines) == (width < 150)


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_long_labels_are_cut_in_the_middle_and_fit(run, width):
    long = "a-label-that-goes-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-to-the-end"
    for number, cell in enumerate(run.plan.cells):
        run.plan.cells[number] = replace(cell, executor=f"{cell.executor}@{long}-{number}")
    plan = replace(run.plan, baseline=run.plan.cells[0].executor)
    run.plan = replace(plan, works=[replace(plan.works[0], workload=f"wait-{long}")])
    rows = [line for line in table.tables(Result(run), width).splitlines() if "…" in line]
    assert max(map(len, rows)) <= width
    for number in (1, 2, 3):
        assert any(re.search(rf"^\S+….*d-{number}\b", row) for row in rows)


def shown(run, *columns, sort=None, filters=(), width=200):
    text = table.tables(Result(run), width, view.parse(columns, sort, filters))
    return text.split("\n\n")[0].splitlines()


def test_columns_are_those_asked_for_in_their_order(run):
    lines = shown(run, "verdict,time", "executor")
    assert lines[1].split() == ["verdict", "time", "a", "batch", "executor"]
    assert re.fullmatch(r"wins +10.0 ms ±0.0%  asyncio", lines[6])


def test_every_column_says_something(run):
    everything = shown(run, *columns.COLUMNS, width=400)
    assert len(everything[1].split("  ")) >= len(columns.COLUMNS)
    for name in columns.COLUMNS:
        assert shown(run, name)[1].strip()


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("time", "asyncio"), ("-time", "sequential"), ("ratio", "asyncio"),
        ("-ratio", "sequential"), ("executor", "asyncio"), ("-executor", "threads"),
        ("rate", "sequential"),
    ],
)  # fmt: skip
def test_rows_are_sorted_by_a_column(run, sort, first):
    assert shown(run, sort=sort)[3].startswith(first)


@pytest.mark.parametrize("sort", ["time", "-time"])
def test_rows_without_a_value_come_last(run, sort):
    run.plan.cells[1] = replace(run.plan.cells[1], unavailable="no threads here")
    run.samples = Samples(sample for sample in run.samples if sample.cell != 1)
    assert shown(run, sort=sort)[6].startswith("threads")


@pytest.mark.parametrize(
    ("filters", "executors"),
    [
        (["executor=asyncio"], ["asyncio"]),
        (["executor=async*,threads"], ["threads", "asyncio"]),
        (["family=preemptive", "executor=p*"], ["processes"]),
        (["verdict=wins"], ["threads", "processes", "asyncio"]),
        (["verdict=baseline"], ["sequential"]),
        (["workload=w?it", "status=ok"], ["sequential", "threads", "processes", "asyncio"]),
    ],
)
def test_cells_are_filtered_and_still_judged_with_all(run, filters, executors):
    rows, whole = (
        [line.split() for line in lines[3:]] for lines in (shown(run, filters=filters), shown(run))
    )
    assert [row[0] for row in rows[: len(executors)]] == executors
    assert all(row in whole for row in rows[: len(executors)])


def test_reasons_are_drawn_from_cells_that_are_not_shown(run):
    assert "asyncio: a task takes 1.25 ms of CPU time, 5.00 ms under sequential" in "\n".join(
        shown(run, filters=["executor=asyncio"])
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"columns": ["tme"]}, "no column 'tme' .*did you mean 'time'"),
        ({"sort": "-tme"}, "no column 'tme' .*did you mean 'time'"),
        ({"sort": "--time"}, "no column '-time'"),
        ({"filters": ["executor"]}, "takes NAME=PATTERN, not 'executor'"),
        ({"filters": ["exector=x"]}, "by 'exector' .*did you mean 'executor'"),
        ({"filters": ["executor=asincio"]}, "executor=asincio .*did you mean 'asyncio'"),
        ({"filters": ["executor=asyncio", "verdict=baseline"]}, "all of the filters"),
    ],
)
def test_what_cannot_be_shown_is_told(run, arguments, message):
    with pytest.raises(UsageError, match=message):
        shown(run, *arguments.pop("columns", ()), **arguments)


def test_a_run_without_cells_is_shown(run):
    run.plan = replace(run.plan, cells=[])
    run.samples, run.controls = Samples(), []
    assert table.tables(Result(run), 80).startswith("wait: ")
    assert chart.chart(Result(run), 80).startswith("wait: ")


def test_an_interrupted_run_says_so(run):
    run.end = End("interrupted", run.end.wall_ns)
    assert "The run is interrupted" in " ".join(table.tables(Result(run), 80).split())


def test_names_are_data_on_a_terminal(run):
    run.plan.works[0] = replace(run.plan.works[0], workload=EVIL)
    text = table.tables(Result(run), 200)
    assert "\x1b" not in text
    assert "\\x1b[31m" in text


def test_a_row_a_cell(run):
    rows = list(csv.DictReader(io.StringIO(csv_report.cells(Result(run)), newline="")))
    assert list(rows[0]) == list(records.CELL_COLUMNS)
    assert [row["executor"] for row in rows] == ["sequential", "threads", "processes", "asyncio"]
    fast = rows[3]
    assert float(fast["median_s"]) == pytest.approx(0.01)
    assert float(fast["ratio"]) == pytest.approx(0.25)
    assert (fast["verdict"], fast["status"], fast["lanes"]) == ("wins", "ok", "4")
    assert rows[0]["verdict"] == "baseline"


def test_a_row_a_sample_warm_ups_too(run):
    rows = list(csv.DictReader(io.StringIO(csv_report.samples(Result(run)), newline="")))
    own = [sample for sample in run.samples if sample.cell < 4]
    assert len(rows) == len(own)
    assert {row["warmup"] for row in rows} == {"0", "1"}
    assert [float(row["wall_s"]) for row in rows] == [sample.wall_ns / 1e9 for sample in own]


def test_a_spreadsheet_runs_nothing(run):
    run.plan.works[0] = replace(run.plan.works[0], workload=EVIL, params={"a": "=1+1"})
    for text in (csv_report.cells(Result(run)), csv_report.samples(Result(run))):
        for row in csv.DictReader(io.StringIO(text, newline="")):
            assert row["workload"] == "'" + EVIL.replace("\x1b", "\\x1b")
            assert not any(value.startswith(("=", "+", "-", "@")) for value in row.values())


def test_csv_lines_end_as_rfc_4180_says(run):
    assert csv_report.cells(Result(run)).count("\r\n") == 5


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.5, "1.50 s"),
        (0.0123, "12.3 ms"),
        (0.9999, "1.00 s"),
        (4.2e-6, "4.20 us"),
        (0.1234, "123 ms"),
    ],
)
def test_times_have_the_unit_that_fits(value, text):
    assert units.seconds(value) == text


@pytest.mark.parametrize(
    ("low", "middle", "high", "text"),
    [
        (0.24, 0.25, 0.26, "4.00x faster (3.85-4.17)"),
        (1.9, 2.0, 2.1, "2.00x slower (1.90-2.10)"),
        (0.98, 1.01, 1.04, "1.01x slower (0.98-1.04)"),
        (0.0, 0.5, float("inf"), "2.00x faster"),
        (0.97, 0.998, 1.03, "1.00x (0.97-1.03)"),
    ],
)
def test_ratios_are_said_as_people_say_them(low, middle, high, text):
    assert units.times(Interval(middle, low, high, 0.05)) == text


@pytest.mark.parametrize(
    ("value", "text"), [(1.26, "+26%"), (0.99, "-1%"), (9.0, "+800%"), (52.0, "52.0x")]
)
def test_the_distance_from_ideal_is_signed(value, text):
    assert units.over(value, 1.0) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.05, "5%"), (0.005, "0.5%"), (0, "0%"), (15, "1,500%")]
)
def test_a_share_that_somebody_chose_is_said_as_it_was_chosen(share, text):
    assert units.margin(share) == text


@pytest.mark.parametrize(("number", "text"), [(1.0, "1 call"), (2.5, "2.5 calls")])
def test_one_of_something_is_no_plural(number, text):
    assert units.counted(number, "call") == text


@pytest.mark.parametrize("width", [40, 80])
def test_a_legend_is_no_wider_than_its_terminal(width):
    painted = timeline.legend(width, paint=lambda text, _: f"\x1b[32m{text}\x1b[0m")
    lines = re.sub("\x1b[^m]*m", "", painted).splitlines()
    assert max(map(cells, lines)) <= width
    assert " ".join(lines) == timeline.legend(200)


def test_timelines_line_up_behind_names_of_double_width(tmp_path):
    script = traces.Script(tmp_path, tasks=1)
    script.made(1)
    script.made(2, parent=1, name="\u53d6\u5f97", own=0)  # two signs, four cells
    script.begin(0, 1, 0)
    script.step(1, 0, 0, 5)
    script.step(2, 0, 5, 10, last=True)
    lines = timeline.draw(traces.timeline_of(script.trace(10)), 80).splitlines()
    [wide] = [line for line in lines if "\u53d6\u5f97" in line]
    assert cells(wide) == 80  # it ends with the batch, at the right edge


def test_columns_line_up_below_names_of_double_width(run):
    run.plan.cells[1] = replace(run.plan.cells[1], executor="\u7dda\u7a0b")  # two signs, four cells
    lines = table.tables(Result(run), 200).splitlines()
    plain, wide = (next(line for line in lines if line.startswith(name)) for name in
                   ("sequential ", "\u7dda\u7a0b "))  # fmt: skip
    assert plain.index(" ms") == wide.index(" ms") + 2

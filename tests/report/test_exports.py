"""Runs in the formats of documents and of other tools, read by those tools."""

import json
import re
import statistics
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pyperf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from asyncbench import units
from asyncbench.analysis.result import Result
from asyncbench.cli import exporting
from asyncbench.errors import EmptyRunError, UsageError
from asyncbench.record import journal
from asyncbench.record.lines import Failure
from asyncbench.record.run import Run
from asyncbench.record.samples import Samples
from asyncbench.report.export import json as json_report
from asyncbench.report.export import latex, markdown
from asyncbench.report.export import pyperf as pyperf_report
from asyncbench.report.export import pytest_benchmark as pytest_benchmark_report
from asyncbench.report.formats import FORMATS, Format, guess
from asyncbench.report.text import plain
from asyncbench.runner import environment
from tests.support.fakes import counted, measured, plan, steady

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "results" / "reference-default.jsonl"
SCHEMA = json.loads((ROOT / "docs" / "run.schema.json").read_text())
EVIL = "a|b`c`*d*_e_<i>&amp;[x](http://y) #1 ~~z~~ \\ $m$ www.q {p}% ^ \x1b[31m\n\u00b5 \u00b1 --x"
NAMES = [
    EVIL, "# title", "- item", "1. item", "+ item", "---", "===", "\\|", "a\\", "`", "[x]: /y", "!",
    "> q", "<script>alert(1)</script>", "https://x.y", "1) x", "***", "|", "&lt;", "* a", "~~~",
]  # fmt: skip


def noisy(factor=1.0):
    """Give times that differ from sample to sample, the same in every run."""

    def times(base):
        return lambda number, taken: factor * base * (1 + (number * 7 + taken * 3) % 11 / 100)

    launcher = steady(sequential=0.04, threads=0.03, asyncio=0.01)
    launcher.times = {"sequential": times(0.04), "threads": times(0.03), "asyncio": times(0.01)}
    return launcher


@pytest.fixture(scope="module")
def whole():
    launcher = noisy()
    return measured(plan(*launcher.times), launcher)


@pytest.fixture
def run(whole):
    """Give a run that a test may change."""
    return replace(
        whole,
        plan=replace(whole.plan, works=[*whole.plan.works], cells=[*whole.plan.cells]),
        failures=[],
        warnings=[],
    )


@pytest.fixture
def troubled(run):
    run.plan.cells[1] = replace(run.plan.cells[1], unavailable="no threads here")
    run.samples = Samples(sample for sample in run.samples if sample.cell != 1)
    run.failures.append(Failure(2, 3, "its worker died", "", ""))
    return run


@pytest.fixture
def evil(run):
    run.plan.works[0] = replace(run.plan.works[0], workload=EVIL, params={EVIL: EVIL})
    run.plan.cells[2] = replace(run.plan.cells[2], executor=EVIL)
    return run


def empty():
    return Run(plan("sequential", "asyncio"), {"python": "3.11.0", "cpus": 2}, "2026-11-22T12:00")


def varied():
    launcher = steady()
    launcher.times = {
        f"{name} {variant}": lambda *_, s=s: s
        for name in ("threads", "asyncio")
        for variant, s in (("base", 0.01), ("head", 0.02))
    }
    return measured(plan("threads", "asyncio", variants=("base", "head")), launcher)


def medians(run):
    """Give the median of seconds a batch by executor."""
    values = {}
    for sample in counted(run):
        cell = next((each for each in run.plan.cells if each.id == sample.cell), None)
        if cell:
            values.setdefault(cell.executor, []).append(sample.wall_ns / sample.batches / 1e9)
    return {name: statistics.median(each) for name, each in values.items()}


# JSON


@pytest.mark.parametrize("made", [lambda: journal.read(REFERENCE), empty, varied])
def test_json_is_as_its_schema_says(made):
    jsonschema.validate(json.loads(json_report.text(Result(made()))), SCHEMA)


def test_json_of_failed_and_unavailable_cells_is_as_its_schema_says(troubled):
    told = json.loads(json_report.text(Result(troubled)))
    jsonschema.validate(told, SCHEMA)
    rows = told["works"][0]["rows"]
    assert [row["status"] for row in rows] == ["ok", "unavailable", "failed"]
    assert rows[1]["reason"] == "no threads here"
    assert rows[1]["time"] is None


def test_the_schema_is_a_schema_that_lets_nothing_unknown_pass():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    objects = re.findall(r'"additionalProperties": (\w+|\{)', json.dumps(SCHEMA))
    assert objects.count("false") == json.dumps(SCHEMA).count('"properties"')


def test_the_schema_knows_every_fact_of_the_environment():
    known = SCHEMA["$defs"]["environment"]["properties"]
    assert set(environment.describe(gc=True)) - {"load"} == set(known)


def test_json_tells_figures_ratio_and_verdict(run):
    row = json.loads(json_report.text(Result(run)))["works"][0]["rows"][2]
    assert row["executor"] == "asyncio"
    assert row["verdict"] == "wins"
    assert row["against"] == {"executor": "sequential", "variant": ""}
    assert row["ratio"]["low"] <= row["ratio"]["estimate"] <= row["ratio"]["high"] < 0.5


def test_an_interval_without_ends_is_null(run):
    run.samples = Samples(sample for sample in run.samples if sample.round < 3)
    row = json.loads(json_report.text(Result(run)))["works"][0]["rows"][2]
    assert row["ratio"]["low"] is row["ratio"]["high"] is None
    assert row["time"]["low_s"] is row["time"]["high_s"] is None


def test_a_number_that_json_has_not_is_null(run):
    run.plan.works[0] = replace(run.plan.works[0], params={"a": [float("inf")]})
    assert json.loads(json_report.text(Result(run)))["works"][0]["params"] == {"a": [None]}


def test_no_export_has_a_row_for_the_control(run):
    assert run.controls
    assert len(json.loads(json_report.text(Result(run)))["works"][0]["rows"]) == 3
    assert len(json.loads(pyperf_report.text(Result(run)))["benchmarks"]) == 3
    assert len(json.loads(pytest_benchmark_report.text(Result(run)))["benchmarks"]) == 3
    for name in ("markdown-full", "latex"):
        assert (
            FORMATS[name].make(Result(run)).count("asyncio &" if name == "latex" else "| asyncio |")
            == 2
        )


# Markdown


def tokens(text):
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)


def shown(inline):
    return "".join(child.content for child in inline.children)


def tables(text):
    """Give the tables that Markdown makes of a text, each a list of rows of what is shown."""
    found = []
    parsed = tokens(text)
    for before, token in zip([None, *parsed], parsed, strict=False):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and before.type in ("th_open", "td_open"):
            found[-1][-1].append(shown(token))
    return found


def test_markdown_answers_first_and_has_a_table_a_work(run):
    contest, work = tables(markdown.text(Result(run)))
    assert contest[0][0] == "workload"
    assert contest[1][:3] == ["wait", "asyncio", "threads"]
    assert [row[0] for row in work] == ["executor", "sequential", "threads", "asyncio"]
    assert work[0][3] == "vs sequential"
    assert work[3][-1] == "wins"
    assert "- asyncio: a task takes" in markdown.text(Result(run))
    assert "\nTrust: " in markdown.text(Result(run))


def test_markdown_of_variants_sets_them_side_by_side():
    beside, work = tables(markdown.text(Result(varied())))
    assert beside[0] == ["workload", "executor", "base", "head", "it is", "verdict"]
    assert beside[1][1:3] == ["threads", "10.0 ms ±0.0%"]
    assert [row[1] for row in work] == ["variant", "base", "head", "base", "head"]


@pytest.mark.parametrize("name", NAMES)
def test_markdown_shows_a_text_as_it_is_wherever_it_stands(name):
    visible = name.replace("\x1b", "\\x1b").replace("\n", "\\x0a")
    escaped = markdown.escape(name)
    [table] = tables(f"| {escaped} | b |\n|---|---|\n| {escaped} | {escaped} |")
    assert table == [[visible, "b"], [visible, visible]]
    for around in (escaped, f"- {escaped}", f"### {escaped}"):
        [inline] = [token for token in tokens(around) if token.type == "inline"]
        assert shown(inline) == visible
        assert {child.type for child in inline.children} <= {"text", "text_special"}


@given(st.text("\\`*_{}[]()<>#~!|$&-+=.:;/012 awhtps\"'@\n\t\x1b", min_size=1))
@settings(max_examples=300)
def test_any_text_is_a_cell_of_markdown(name):
    assert tables(f"| a | b |\n|---|---|\n| {markdown.escape(name)} | c |")[0][1:] == [
        [plain(name).strip(), "c"]
    ]


def test_no_name_breaks_a_table_of_markdown(evil):
    visible = EVIL.replace("\x1b", "\\x1b").replace("\n", "\\x0a")
    contest, work = tables(markdown.text(Result(evil)))
    assert contest[1][:2] == [visible, visible]
    assert {len(row) for row in work} == {12}
    assert work[3][0] == visible


# LaTeX


@pytest.mark.parametrize(
    ("words", "escaped"),
    [
        (r"a\b", r"a\textbackslash{}b"),
        ("50% & _x_ #1 $y$ {z}", r"50\% \& \_x\_ \#1 \$y\$ \{z\}"),
        ("~^", r"\textasciitilde{}\textasciicircum{}"),
        ("[1] * <a|b>`", r"{[}1{]} {*} \textless{}a\textbar{}b\textgreater{}\textasciigrave{}"),
        ("5 µs \u03bc ±1", r"5 \ensuremath{\mu}s \ensuremath{\mu} \ensuremath{\pm}1"),
        ("--budget ---", r"-{}-budget -{}-{}-"),
        ("\x1b\n", r"\textbackslash{}x1b\textbackslash{}x0a"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
    ],
)
def test_latex_escapes_exactly(words, escaped):
    assert latex.escape(words) == escaped


def test_latex_stays_balanced_whatever_names_hold(evil):
    text = latex.text(Result(evil))
    bare = re.sub(r"\\[\\{}%&_#$]", "", text)
    depth = 0
    for char in bare:
        depth += {"{": 1, "}": -1}.get(char, 0)
        assert depth >= 0
    assert depth == 0
    assert re.findall(r"\\begin\{(\w+)\}", text) == ["table", "tabular"] * 2
    assert re.findall(r"\\end\{(\w+)\}", text) == ["tabular", "table"] * 2
    assert "\x1b" not in text


def test_every_row_of_latex_has_the_columns_that_it_states(evil):
    text = latex.text(Result(evil))
    for sides, body in re.findall(r"tabular\}\{@\{\}([lr]+)@\{\}\}(.*?)\\bottomrule", text, re.S):
        rows = [line for line in body.splitlines() if line.endswith(r"\\")]
        assert {len(re.findall(r"(?<!\\)&", row)) + 1 for row in rows} == {len(sides)}


# pyperf


def tool(*arguments):
    ran = subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_pyperf_finds_the_same_medians_and_rounds(run):
    suite = pyperf.BenchmarkSuite.loads(pyperf_report.text(Result(run)))
    found = {each.get_metadata()["executor"]: each for each in suite}
    assert {name: each.median() for name, each in found.items()} == medians(run)
    rounds = {sample.round for sample in counted(run)}
    assert {each.get_nrun() for each in suite} == {len(rounds)}
    assert all(each.get_runs()[0].warmups for each in suite)


def test_pyperf_reads_whatever_names_hold(evil):
    suite = pyperf.BenchmarkSuite.loads(pyperf_report.text(Result(evil)))
    assert "\\x1b[31m\\x0a" in suite.get_benchmark_names()[0]


def test_pyperf_of_variants_has_a_benchmark_for_each():
    names = pyperf.BenchmarkSuite.loads(pyperf_report.text(Result(varied()))).get_benchmark_names()
    work = "wait[seconds=0.01, tasks=4, concurrency=4]"
    assert names[:2] == [f"{work} threads (base)", f"{work} threads (head)"]


def test_pyperf_commands_read_the_file(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(pyperf_report.text(Result(journal.read(REFERENCE))))
    assert tool("pyperf", "show", path).count("Mean +- std dev") == 15
    stats = tool("pyperf", "stats", path)
    rows = Result(journal.read(REFERENCE)).judgements[0].rows
    [row] = [row for row in rows if row.name == "sequential"]
    [median, *_] = re.findall(r"Median \+- MAD: +([\d.]+ ms)", stats)
    assert median == units.seconds(row.figures.time.estimate)


def test_pyperf_compares_two_runs(run, tmp_path):
    launcher = noisy(2.0)
    slower = measured(plan(*launcher.times), launcher)
    for name, each in (("a", run), ("b", slower)):
        (tmp_path / f"{name}.json").write_text(pyperf_report.text(Result(each)))
    said = tool("pyperf", "compare_to", tmp_path / "a.json", tmp_path / "b.json")
    assert len(re.findall(r"-> .*: 2\.\d\dx slower", said)) == 3
    assert re.search(r"Geometric mean: 2\.0\dx slower", said)


# pytest-benchmark


def test_pytest_benchmark_compares_the_file_with_the_same_medians(run, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(pytest_benchmark_report.text(Result(run)))
    command = Path(sys.executable).with_name("pytest-benchmark")
    ran = subprocess.run(
        [command, "compare", "--columns=median,rounds", path],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    [unit] = re.findall(r"time in (\w+)\)", ran.stdout)
    lines = re.findall(r"\] (\w+).*? ([\d,.]+) +\([\d.]+\) +(\d+)", ran.stdout)
    assert {name: float(median.replace(",", "")) for name, median, _ in lines} == {
        name: pytest.approx(median * {"s": 1, "ms": 1e3, "us": 1e6}[unit], abs=1e-4)
        for name, median in medians(run).items()
    }


def test_pytest_benchmark_gets_exact_medians_and_its_own_fields(run):
    told = json.loads(pytest_benchmark_report.text(Result(run)))
    assert {"machine_info", "commit_info", "benchmarks", "datetime", "version"} == set(told)
    found = {each["params"]["executor"]: each["stats"] for each in told["benchmarks"]}
    assert {name: stats["median"] for name, stats in found.items()} == medians(run)
    assert all(statistics.median(stats["data"]) == stats["median"] for stats in found.values())


# All


@pytest.mark.parametrize("name", ["pyperf", "pytest-benchmark"])
def test_cells_that_failed_are_not_in_other_tools_files(troubled, name):
    told = json.loads(FORMATS[name].make(Result(troubled)))
    assert len(told["benchmarks"]) == 1


@pytest.mark.parametrize("name", ["pyperf", "pytest-benchmark"])
def test_a_run_without_samples_is_no_file_of_other_tools(name):
    with pytest.raises(EmptyRunError, match="no cell of the run was measured"):
        FORMATS[name].make(Result(empty()))


@pytest.mark.parametrize("name", ["csv", "samples-csv", "json", "markdown", "latex"])
def test_a_run_without_samples_can_be_told(name):
    assert FORMATS[name].make(Result(empty()))


def test_a_missing_package_is_told_with_its_extra_before_anything_is_made(monkeypatch, tmp_path):
    lacking = Format("chart", "a chart", "nowhere:text", (), "report", ("no_such_package_1",))
    monkeypatch.setitem(FORMATS, "chart", lacking)
    with pytest.raises(UsageError, match=r"pip install 'asyncbench\[report\]'"):
        exporting.check({"chart": str(tmp_path / "out")})


@pytest.mark.parametrize(
    ("path", "name"),
    [("a.csv", "csv"), ("a.JSON", "json"), ("a.md", "markdown"), ("b/a.tex", "latex")],
)
def test_a_format_is_told_by_the_file(path, name):
    assert guess(path).name == name


@pytest.mark.parametrize("path", ["a", "a.txt", "csv"])
def test_a_file_that_tells_no_format_is_refused(path):
    with pytest.raises(UsageError, match="say --format"):
        guess(path)

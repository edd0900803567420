"""What a result gives: numbers by name, columns that data frames take, a page part, files."""

import json
import re

import pyarrow
import pytest
from pyarrow import parquet

import asyncbench
from asyncbench import Advice, AsyncbenchError, Result
from tests.support.fakes import FakeLauncher, measured, plan, steady, swept

TIMES = {"sequential": 1.2, "threads": 0.05, "asyncio": 0.02}


@pytest.fixture(scope="module")
def result():
    return Result(measured(plan(*TIMES, budget_s=40.0), steady(**TIMES)))


def test_a_cell_is_found_by_its_name(result):
    cell = result["asyncio"]
    assert cell.ratio.low <= cell.ratio.estimate <= cell.ratio.high
    assert cell.ratio.estimate == pytest.approx(0.02 / 1.2)
    assert (cell.verdict, cell.status) == ("wins", "ok")
    assert cell.time.estimate == pytest.approx(0.02)
    assert result["wait", "asyncio"] == cell
    assert result["sequential"].verdict == "baseline"
    assert repr(cell).startswith("asyncio on wait: 20.0 ms")


def test_it_prints_no_wider_than_the_terminal(result, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    narrow = max(map(len, str(result).splitlines()))
    monkeypatch.setenv("COLUMNS", "200")
    assert narrow <= 60 < max(map(len, str(result).splitlines())) <= 88


def test_two_cells_are_compared_whichever_they_are(result):
    ratio = result.beside("threads", "asyncio")
    assert ratio.low == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("asynco", "the run has no 'asynco' (did you mean 'asyncio'?)"),
        ("wait", "'wait' means 3 cells; name one, too: 'sequential', 'threads', 'asyncio'"),
        (("threads", "asyncio"), "the run has no cell that is 'threads' and 'asyncio' at once"),
    ],
)
def test_a_name_that_means_no_cell_or_several_is_one_line(result, key, told):
    with pytest.raises(AsyncbenchError, match=re.escape(told)):
        result[key]


def test_cells_and_samples_are_columns_that_data_frames_take(result):
    cells, samples = pyarrow.table(result.cells), pyarrow.table(result.samples)
    assert cells.num_rows == 3
    assert cells.column("param_seconds").to_pylist() == [0.01] * 3
    assert cells.column("verdict").to_pylist() == ["baseline", "wins", "wins"]
    assert samples.num_rows == len(result.samples["wall_s"]) > 100


def test_parquet_has_the_plan_and_the_machine(result, tmp_path):
    file = parquet.read_table(result.to_parquet(tmp_path / "run.parquet"))
    assert file.num_rows == len(result.samples["wall_s"])
    told = json.loads(file.schema.metadata[b"asyncbench"])
    assert told["environment"] == result.run.environment
    assert told["plan"]["seed"] == result.run.plan.seed


def test_what_is_saved_is_loaded_again_and_nothing_is_overwritten(result, tmp_path):
    path = result.save(tmp_path / "run.jsonl")
    assert asyncbench.load(path).samples == result.samples
    with pytest.raises(AsyncbenchError, match="cannot write"):
        result.save(path)


def test_it_prints_as_the_short_answer_in_words_of_python(result):
    said = repr(result)
    assert said.startswith("asyncio wins: threads, the next, takes 2.50x")
    assert "--" not in said
    assert "asyncbench trace" not in said


def test_the_page_part_is_small_loads_nothing_and_styles_nothing_else(result):
    part = result._repr_html_()
    assert part.lstrip().startswith('<div class="asyncbench">')
    assert len(part.encode()) < 100_000
    assert not re.search(r"https?://(?!www\.w3\.org)|<script|<link|@import|url\(", part)
    style = re.search(r"<style>(.*?)</style>", part, re.DOTALL)[1]
    assert outermost(style) == {".asyncbench"}


def outermost(style):
    """Give what the rules at the top of a style sheet, or of a media query there, begin with."""
    depth, selectors, text = 0, [], ""
    for sign in re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL):
        if sign == "{":
            if depth == 0 and not text.strip().startswith("@"):
                selectors += text.split(",")
            depth += 1
            text = ""
        elif sign == "}":
            depth -= 1
            text = ""
        else:
            text += sign
    assert depth == 0
    return {re.sub(r"\[.*?\] |\.vscode-\w+ ", "", each).strip() for each in selectors}


def test_a_run_that_is_too_large_for_a_notebook_leaves_out_tables_first():
    axes = {"tasks": [float(each) for each in range(1, 60)]}
    times = {"threads": lambda load: 0.01 * load.tasks, "asyncio": lambda load: 0.02 * load.tasks}
    run = measured(swept(axes, *times), FakeLauncher({}, sized=times))
    part = Result(run)._repr_html_()
    assert len(part.encode()) < 100_000
    assert "Time a batch by tasks" in part


def test_the_picture_is_text_that_a_notebook_shows(result, tmp_path):
    picture = result.plot()
    (tmp_path / "run.svg").write_text(picture)
    assert picture._repr_svg_().startswith("<svg")


def test_an_advice_prints_as_a_paragraph_and_names_what_to_use():
    costs = {"sequential": lambda load: 0.01 * load.tasks, "asyncio": lambda load: 0.01}
    run = measured(swept({"concurrency": [1, 4]}, *costs), FakeLauncher({}, sized=costs))
    run.visits.clear()  # what else this machine does meanwhile is no part of it
    advice = Advice(Result(run), {})
    assert advice.executors == ["asyncio"]
    assert advice.at_once == 1
    assert repr(advice).startswith("Use asyncio, one at a time")
    assert "Use asyncio, one at a time" in advice._repr_html_()

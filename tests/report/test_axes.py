"""What the exported files say of sweeps and maps: the answer first, a picture, and data."""

import json
from pathlib import Path

import jsonschema
import pytest

from asyncbench.report.export import csv, markdown
from asyncbench.report.export import json as exported
from asyncbench.report.html import report
from tests.analysis.test_grid import mapped
from tests.analysis.test_sweep import ASYNCIO, THREADS, sweep

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "run.schema.json").read_text())


@pytest.fixture(scope="module")
def swept():
    return sweep(1, {"threads": THREADS, "asyncio": ASYNCIO}).result


@pytest.fixture(scope="module")
def grid():
    return mapped().result


def test_the_json_of_both_is_as_its_schema_says(swept, grid):
    for result in (swept, grid):
        found = json.loads(exported.text(result))
        jsonschema.validate(found, SCHEMA)
        assert len(found["sweep"]["points"]) == len(found["works"])
    [crossover] = json.loads(exported.text(swept))["sweep"]["crossovers"]
    assert crossover["low"] < 10 < crossover["high"]
    assert {each["law"] for each in json.loads(exported.text(swept))["sweep"]["growth"]} == {
        "linear"
    }


def test_the_markdown_of_both_answers_first(swept, grid):
    assert markdown.brief(swept).startswith("- asyncio overtakes threads at tasks ")
    assert markdown.brief(grid).startswith("- Of 6 points, threads is quickest at 2")
    assert len(csv.cells(grid).strip().split("\n")) == 1 + 6 * 3


def test_the_page_of_a_sweep_has_its_lines(swept):
    page = report(swept)
    assert page.count("<polyline") == 2
    assert page.count('class="turn"') == 1
    assert "threads at tasks 1: " in page


def test_the_page_of_a_map_has_a_square_a_point(grid):
    page = report(grid)
    heat = page.split('<svg class="heat"')[1].split("</svg>")[0]
    assert heat.count("<rect") == heat.count('tabindex="0"') == 6
    assert "tasks 1, concurrency 1: threads wins: the next takes" in heat

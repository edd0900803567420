"""The HTML report and the picture, as files: their parts, their texts, and what stays text."""

import base64
import functools
import hashlib
import itertools
import json
import os
import re
import struct
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
import resvg_py

import asyncbench
from asyncbench.analysis.result import Result
from asyncbench.errors import UsageError
from asyncbench.record.samples import Samples
from asyncbench.report import html, scale
from asyncbench.report.html import charts, distribution, picture, templating
from tests.support.fakes import measured, plan, steady
from tests.support.pages import CONTRAST, HOSTILE, Page, a_run, contrast, hostile

REFERENCE = Path(__file__).parents[2] / "results" / "reference-default.jsonl"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def page():
    return Page(html.report(Result(a_run())))


@pytest.fixture(scope="module")
def bad():
    return Page(html.report(Result(hostile())))


@pytest.fixture(scope="module")
def reference():
    return asyncbench.load(REFERENCE).run


def test_the_parts_come_in_order(page):
    assert [text for _, text in page.all("h2")] == [
        "The answer",
        "Where cooperative multitasking wins or loses",
        "wait",
        "Method",
        "Environment",
        "Warnings",
        "All cells",
    ]


def test_the_answer_is_a_sentence_a_workload(page):
    answers = "".join(text for _, text in page.all("li"))
    assert (
        "Cooperative multitasking wins: asyncio is 2.00x faster (2.00-2.00) than processes, the "
        "best preemptive executor; a task waits 50% of its time"
    ) in answers


def test_headings_skip_no_level(page):
    levels = [int(tag[1]) for tag, _, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_it_has_landmarks_a_language_a_title_and_a_way_past_the_navigation(page):
    for tag in ("header", "nav", "main", "footer"):
        assert len(page.all(tag)) == 1
    assert page.all("html")[0][0]["lang"] == "en"
    assert "asyncbench" in page.all("title")[0][1]
    assert page.all("a")[0][0]["href"] == "#main"


def test_ids_are_unique_and_whatever_refers_to_one_finds_it(page):
    ids = [attrs["id"] for _, attrs, _ in page.elements if "id" in attrs]
    assert len(set(ids)) == len(ids)
    for _, attrs, _ in page.elements:
        named = " ".join(attrs.get(name, "") for name in ("aria-labelledby", "aria-describedby"))
        link = attrs.get("href", "").removeprefix("#")
        assert {*named.split(), *([link] if attrs.get("href", "").startswith("#") else [])} <= {
            *ids
        }


def test_charts_are_told_in_words_and_in_tables(page):
    shown = [attrs for _, attrs, _ in page.elements if attrs.get("role") == "img"]
    assert [attrs["data-kind"] for attrs in shown if "data-kind" in attrs] == [
        "ratios",
        "samples",
        "costs",
    ]
    words = "".join(text for attrs, text in page.all("p") if attrs.get("class") == "words")
    assert "asyncio 4.00x faster (4.00-4.00)" in words
    captions = [text for _, text in page.all("span") if "in numbers" in text]
    assert len(captions) == 2


def test_tables_have_captions_scopes_and_a_scroll_of_their_own(page):
    tables = len(page.all("table"))
    assert len(page.all("caption")) == tables
    assert {attrs.get("scope") for attrs, _ in page.all("th")} == {"col", "row"}
    scrolled = [attrs for attrs, _ in page.all("div") if attrs.get("class") == "scroll"]
    assert len(scrolled) == tables
    assert all(attrs["tabindex"] == "0" and attrs["role"] == "region" for attrs in scrolled)


def test_the_raw_table_has_every_cell_and_a_button_in_each_heading(page):
    buttons = page.all("button")
    assert {"executor", "median_s", "ratio", "peak_rss_bytes"} <= {text for _, text in buttons}
    assert {attrs["type"] for attrs, _ in buttons} == {"button"}


def test_charts_have_a_mark_for_each_row(page):
    ratios, samples, costs = page.figures().values()
    dots = [trace for trace in ratios["data"] if "error_x" in trace]
    assert sum(len(trace["x"]) for trace in dots) == 4
    assert sum(sum(map(bool, trace["error_x"]["array"])) for trace in dots) <= 3
    assert sum(trace["type"] == "box" for trace in samples["data"]) == 4
    assert [len(trace["x"]) for trace in costs["data"]] == [4] * 5


def test_every_sample_is_drawn(page):
    samples = page.figures()["run-1-work-1-samples"]["data"]
    drawn = sum(len(trace["x"]) for trace in samples if trace["type"] == "scatter")
    assert drawn == sum(not each.warmup and each.cell < 4 for each in a_run().samples)


def test_a_run_of_too_few_rounds_has_hollow_dots_without_bars():
    launcher = steady(sequential=0.4, asyncio=0.1)
    run = measured(plan(*launcher.times, budget_s=6.0), launcher)
    run.samples = Samples(each for each in run.samples if each.round < 3)
    figure = Page(html.report(Result(run))).figures()["run-1-work-1-ratios"]
    dots = next(trace for trace in figure["data"] if trace["y"] == [1])
    assert dots["marker"]["symbol"] == ["diamond-open"]
    assert dots["error_x"]["array"] == [0]


def test_nothing_in_it_points_elsewhere(page):
    links = [attrs.get(name, "") for _, attrs, _ in page.elements for name in ("href", "src")]
    assert all(link.startswith(("#", "data:,")) for link in links if link)


def test_the_policy_lets_only_its_own_two_scripts_run(page):
    policy = next(attrs["content"] for attrs, _ in page.all("meta") if attrs.get("http-equiv"))
    assert policy.startswith("default-src 'none'; ")
    scripts = [text for attrs, text in page.all("script") if "type" not in attrs]
    hashes = [base64.b64encode(hashlib.sha256(each.encode()).digest()) for each in scripts]
    allowed = " ".join(f"'sha256-{each.decode()}'" for each in hashes)
    assert len(scripts) == 2
    assert f"; script-src {allowed}; " in policy


def test_names_bring_no_element_in(page, bad):
    tags = [tag for tag, _, _ in page.elements]
    extra = {"li", "p", "div", "dt", "dd", "ul"}  # it has one more fact and warning to tell
    assert [tag for tag, _, _ in bad.elements if tag not in extra] == [
        tag for tag in tags if tag not in extra
    ]


def test_names_are_shown_as_they_are(bad):
    told = "".join(text for tag in ("th", "td", "li", "dt", "dd", "h1") for _, text in bad.all(tag))
    for text in HOSTILE[:4]:
        assert text in told
    assert "\\x1b[31mred" in told
    assert "\x1b" not in told


def test_names_in_charts_hold_nothing_that_plotly_would_read(bad):
    texts = re.findall(r'"((?:[^"\\]|\\.)*)"', json.dumps(bad.figures()))
    tags = {tag for text in texts for tag in re.findall(r"<[^>]*>?", text)}
    assert tags == {"<br>", "<extra>", "</extra>"}
    assert charts.literal('<a href="x">&lt;') == '&lt;a href="x"&gt;&amp;lt;'


def test_a_large_run_is_thinned_from_its_fastest_to_its_slowest(reference):
    taken = [each for each in reference.samples if each.cell == 3] * 100
    kept = distribution.thinned(taken, 50)
    times = sorted(each.seconds for each in kept)
    assert len(kept) == 50
    everything = [each.seconds for each in taken]
    assert (times[0], times[-1]) == (min(everything), max(everything))


def test_the_default_run_takes_less_than_6_megabytes(reference):
    assert len(html.report(Result(reference)).encode()) < 6_000_000


def test_variants_stand_beside_each_other():
    names = ["asyncio base", "threads base", "asyncio head", "threads head"]
    launcher = steady(**(dict.fromkeys(names, 0.01) | {"asyncio head": 0.02}))
    page = Page(
        html.report(
            Result(measured(plan("asyncio", "threads", variants=["base", "head"]), launcher))
        )
    )
    told = [text for _, text in page.all("th")]
    assert "it is" in told
    assert any("head beside base" in text for _, text in page.all("span"))
    assert "head beside base: asyncio is 2.00x slower" in "".join(t for _, t in page.all("li"))


def test_what_went_wrong_is_told(reference):
    first = [sample for sample in reference.samples if sample.cell < 10]
    run = replace(reference, end=None, samples=Samples(first), warnings=["the disk is full"])
    told = [text for _, text in Page(html.report(Result(run))).all("li")]
    assert "the disk is full" in told
    assert "The run is unfinished: what it measured until then is shown." in told
    assert "cpu: uvloop not measured." in told


def test_a_run_without_a_sample_has_a_report():
    run = a_run()
    run.samples = Samples()
    assert Page(html.report(Result(run))).figures() == {}


def test_works_of_one_name_are_told_apart(reference):
    works = reference.plan.works
    run = replace(
        reference,
        plan=replace(reference.plan, works=[works[0], replace(works[0], tasks=5), works[2]]),
    )
    titles = [text for _, text in Page(html.report(Result(run))).all("h2")]
    assert "sleep (50 tasks a batch; up to 50 at once)" in titles
    assert "sleep (5 tasks a batch; up to 50 at once)" in titles


@pytest.mark.parametrize(("make", "module"), [(html.report, "jinja2"), (html.report, "plotly")])
def test_a_missing_extra_is_one_line(monkeypatch, make, module):
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError, match=r"pip install 'asyncbench\[report\]'"):
        make(Result(a_run()))


def test_runs_beside_each_other_come_first_and_then_each_run(reference):
    other = replace(reference, name="head", started="2026-11-23T10:00:00+00:00")
    page = Page(html.report(Result(reference), Result(other)))
    titles = [text for _, text in page.all("h2")]
    assert titles[0].startswith("head, ")
    assert titles[1:] == ["First run: reference-default.jsonl", "Other run: head"]
    assert [text for _, text in page.all("h3")].count("The answer") == 2
    cells = [text for attrs, text in page.all("th") if text == "tcp-echo, uvloop"]
    assert len(cells) == 1


def test_the_ids_of_two_runs_are_told_apart(reference):
    page = Page(html.report(Result(reference), Result(replace(reference, name="head"))))
    ids = [attrs["id"] for _, attrs, _ in page.elements if "id" in attrs]
    assert len(set(ids)) == len(ids)


def test_what_two_runs_do_not_share_is_told(reference):
    environment = reference.environment | {"python": "3.14.0"}
    plan = replace(reference.plan, works=reference.plan.works[:2], cells=reference.plan.cells[:10])
    first = [each for each in reference.samples if each.cell < 10]
    other = replace(
        reference, environment=environment, plan=plan, samples=Samples(first), controls=[],
        started="2026-11-23T10:00:00+00:00",
        lives=[each for each in reference.lives if each.cell < 10],
        observations=[each for each in reference.observations if each.cell < 10],
        visits=[each for each in reference.visits if each.work < 2],
    )  # fmt: skip
    told = [text for _, text in Page(html.report(Result(reference), Result(other))).all("li")]
    assert "They differ in Python 3.11.7 / 3.14.0 (first / other)." in told
    assert any(text.startswith("Only in the first: cpu under uvloop") for text in told)


def test_the_margin_of_a_comparison_can_be_set(reference):
    other = replace(reference, started="2026-11-23T10:00:00+00:00")
    told = "".join(
        text
        for _, text in Page(html.report(Result(reference), Result(other), margin=5.0)).all("li")
    )
    assert "15 within 500%" in told


def _palettes():
    css = templating.own("report.css")
    return [
        dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", block))
        for block in re.findall(r":root \{([^}]*)\}", css)
    ]


def _rgb(colour):
    return tuple(bytes.fromhex(colour[1:]))


@pytest.mark.parametrize("palette", _palettes(), ids=["light", "dark", "print"])
def test_colours_of_text_have_contrast(palette):
    grounds = [_rgb(palette[name]) for name in ("page", "card")]
    texts = {name for name in palette if name not in ("page", "card", "line", "band", "focus")}
    assert len(texts) >= 11
    for name in texts:
        for ground in grounds:
            assert contrast(_rgb(palette[name]), ground) >= CONTRAST, name


def test_a_contrast_is_what_wcag_says():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0.018, 1.2, ["1/50", "1/20", "1/10", "1/5", "1/2", "1"]),
        (0.85, 1.15, ["0.85", "0.9", "0.95", "1", "1.05", "1.1", "1.15"]),
        (1e-4, 1.1, ["1/10,000", "1/1,000", "1/100", "1/10", "1"]),
        (0.9, 60.0, ["1", "2", "5", "10", "20", "50"]),
    ],
)
def test_ticks_are_round_and_stand_apart(low, high, texts):
    assert [text for _, text in scale.ticks(low, high)] == texts


def test_a_picture_has_a_line_for_each_ratio(reference):
    image = ET.fromstring(picture.svg(Result(reference)))
    assert len(image.findall(f".//{SVG}g[@class='line']")) == 15
    texts = ["".join(each.itertext()) for each in image.iter(f"{SVG}text")]
    assert "45.0x faster, wins" in texts
    assert "sleep: cooperative multitasking wins" in texts


def test_a_picture_is_told_in_words(reference):
    image = ET.fromstring(picture.svg(Result(reference)))
    assert image.get("role") == "img"
    assert {image.find(f"{SVG}title").get("id"), image.find(f"{SVG}desc").get("id")} == set(
        image.get("aria-labelledby").split()
    )
    assert "uvloop 45.0x faster, wins" in image.find(f"{SVG}desc").text


def test_names_stay_text_in_a_picture():
    image = ET.fromstring(picture.svg(Result(hostile())))
    tags = {each.tag.removeprefix(SVG) for each in image.iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "text", "line", "g", "path", "circle"}
    texts = ["".join(each.itertext()) for each in image.iter(f"{SVG}text")]
    assert HOSTILE[1][:25] in "".join(texts)


def test_a_picture_as_png(reference):
    try:
        data = picture.png(Result(reference))
    except UsageError as error:
        if os.environ.get("CI") or os.environ.get("ASYNCBENCH_REQUIRE_CHROMIUM"):
            raise
        pytest.skip(str(error))
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, _ = struct.unpack(">II", data[16:24])
    assert width == picture.ZOOM * picture.WIDTH


def test_a_machine_without_fonts_gets_one_line_and_no_picture_without_words(monkeypatch):
    fontless = functools.partial(resvg_py.svg_to_bytes, skip_system_fonts=True)
    monkeypatch.setattr(resvg_py, "svg_to_bytes", fontless)
    with pytest.raises(UsageError, match="needs a font, and this machine has none"):
        picture.png(Result(a_run()))

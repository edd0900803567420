"""The HTML report and the picture, as files: their parts, their texts, and what stays text."""

import base64
import functools
import hashlib
import itertools
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
from asyncbench import units
from asyncbench.analysis.result import Result
from asyncbench.errors import UsageError
from asyncbench.record.plan import Variant
from asyncbench.record.samples import Samples
from asyncbench.report import html, scale
from asyncbench.report.html import distribution, picture, templating
from asyncbench.report.html import run as sections
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
        "Time a batch",
        "How many times faster or slower",
        "wait in numbers, and why",
        "Method, environment and all cells",
    ]
    assert [kind for kind, _ in charts(page)] == [
        "times", "contests", "ratios", *["costs"] * 4, "samples",
    ]  # fmt: skip


def charts(page):
    """Give each chart's kind and its elements."""
    found = []
    for tag, attrs, texts in page.elements:
        if tag == "figure":
            found.append((attrs["class"], []))
        elif found:
            found[-1][1].append((tag, attrs, "".join(texts)))
    return found


def shapes(elements, tag, name):
    """Give the attributes of the shapes that have a class."""
    return [a for each, a, _ in elements if each == tag and name in a.get("class", "").split()]


def marks(elements):
    """Give what each mark says that the keyboard reaches."""
    told = itertools.pairwise(elements)
    return [text for (tag, attrs, _), (_, _, text) in told if tag == "g" and "tabindex" in attrs]


@pytest.mark.parametrize(
    ("works", "executors", "variants", "title"),
    [
        (3, 5, [], "sleep, tcp-echo and cpu under 5 executors"),
        (1, 1, [], "sleep under sequential"),
        (3, 5, ["base", "head"], "sleep, tcp-echo and cpu under 5 executors: base and head"),
        (9, 5, [], "sleep 1, sleep 2, sleep 3 and 6 more works under 5 executors"),
    ],
)
def test_the_title_says_what_was_asked(reference, works, executors, variants, title):
    plan = reference.plan
    held = plan.works[:works]
    if works > 3:
        held = [replace(held[0], workload=f"sleep {number + 1}") for number in range(works)]
    run = replace(
        reference,
        plan=replace(
            plan, works=held, cells=plan.cells[:executors],
            variants=[Variant(name) for name in variants],
        ),
    )  # fmt: skip
    assert sections.asked(run) == title


def test_it_can_be_seen_beside_the_answer_how_far_to_trust_it(page):
    [told] = [text for attrs, text in page.all("p") if attrs.get("class") == "trust"]
    assert told.startswith(("Quiet: ", "Noisy: "))


def test_times_are_drawn_to_scale_the_best_first(page):
    _, elements = charts(page)[0]
    names = [told.partition(":")[0] for told in marks(elements)]
    assert names == ["asyncio", "processes", "threads", "sequential"]
    widths = [attrs["width"] for attrs in shapes(elements, "rect", "bar")]
    assert widths == ["25.0%", "50.0%", "75.0%", "100.0%"]
    said = next(text for _, attrs, text in elements if attrs.get("class") == "said")
    assert said.strip() == "10.0 ms ±0.0%"


def test_the_answer_is_a_sentence_a_workload(page):
    answers = "".join(text for _, text in page.all("li"))
    assert (
        "asyncio wins: processes, the next, takes 2.00x (2.00-2.00) as long. asyncio beside "
        "processes: a task takes "
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


def test_every_mark_is_reached_by_the_keyboard_and_has_a_name(page):
    for kind, elements in charts(page):
        assert len(marks(elements)) == (1 if kind == "contests" else 4)
        assert all(re.match(r"[\w: ]+: \S", told) for told in marks(elements)), kind
    assert "asyncio: 4.00x faster (4.00-4.00); wins" in marks(charts(page)[2][1])
    for attrs, _ in page.all("g"):
        assert ("tabindex" in attrs) == (attrs.get("role") == "img")


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


def test_every_sample_is_drawn(page):
    _, elements = charts(page)[-1]
    assert len(shapes(elements, "rect", "box")) == 4
    drawn = [attrs for tag, attrs, _ in elements if tag == "circle"]
    samples = [each for each in a_run().samples if not each.warmup and each.cell < 4]
    assert len(drawn) == len(samples)
    told = "".join(text for tag, _, text in elements if tag == "title")
    assert {int(each) for each in re.findall(r"round (\d+)", told)} == {
        each.round for each in samples
    }


def test_a_run_of_too_few_rounds_has_hollow_dots_without_whiskers():
    launcher = steady(sequential=0.4, asyncio=0.1)
    run = measured(plan(*launcher.times, budget_s=6.0), launcher)
    run.samples = Samples(each for each in run.samples if each.round < 3)
    ratios = next(each for kind, each in charts(Page(html.report(Result(run)))) if kind == "ratios")
    dots = shapes(ratios, "use", "dot")
    assert [(each["href"], each["class"]) for each in dots] == [
        ("#sequential", "dot"), ("#cooperative", "dot hollow"),
    ]  # fmt: skip
    assert shapes(ratios, "g", "interval") == []


def test_nothing_in_it_points_elsewhere(page):
    links = [attrs.get(name, "") for _, attrs, _ in page.elements for name in ("href", "src")]
    assert all(link.startswith(("#", "data:,")) for link in links if link)


def test_the_policy_lets_only_its_own_script_and_style_in(page):
    policy = next(attrs["content"] for attrs, _ in page.all("meta") if attrs.get("http-equiv"))
    assert policy.startswith("default-src 'none'; ")
    for kind in ("script", "style"):
        [(_, said)] = page.all(kind)
        digest = base64.b64encode(hashlib.sha256(said.encode()).digest()).decode()
        assert f"; {kind}-src 'sha256-{digest}'; " in policy
    assert not any("style" in attrs for _, attrs, _ in page.elements)


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


def test_a_large_run_is_thinned_from_its_fastest_to_its_slowest(reference):
    taken = reference.samples.counted(3)
    kept = distribution.thinned(taken, 5)
    times = sorted(each.seconds for each in kept)
    assert len(taken) > len(kept) == 5
    assert (times[0], times[-1]) == (min(taken.seconds()), max(taken.seconds()))
    assert distribution.thinned(taken, 1) == []


@pytest.mark.parametrize(("copies", "runs"), [(1, 1), (20, 1), (20, 3)])
def test_a_page_is_small_however_many_samples_it_has(reference, copies, runs):
    run = replace(reference, samples=Samples(list(reference.samples) * copies))
    content = html.report(*[Result(run)] * runs)
    assert len(content.encode()) < 300_000 * runs
    assert content.count("<circle cx") <= distribution.MOST_POINTS
    assert (content.count("<circle cx") > 1000) == (copies > 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (1e-5, "0"), (0.004, "0.004"), (0.02, "0.02"), (0.3, "0.3"), (0.949, "0.9"),
        (0.96, "1"), (5.2, "5"), (9.6, "10"), (12, "12"), (1234.5, "1,234"),
    ],
)  # fmt: skip
def test_a_count_has_no_exponent(value, text):
    assert units.count(value) == text


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
    said = "".join(text for _, text in page.all("li"))
    assert "head beside base: asyncio is 2.00x slower" in said
    assert "threads unchanged: 1.00x (1.00-1.00)" in said


def test_what_went_wrong_is_told(reference):
    first = [sample for sample in reference.samples if sample.cell < 10]
    run = replace(reference, end=None, samples=Samples(first), warnings=["the disk is full"])
    page = Page(html.report(Result(run)))
    told = [text for _, text in page.all("li")]
    assert told.count("The disk is full.") == 1
    assert "The run is unfinished: this is what it measured." in told
    assert "cpu: uvloop not measured." in told


def test_a_run_without_a_sample_has_a_report():
    run = a_run()
    run.samples = Samples()
    assert charts(Page(html.report(Result(run)))) == []


def test_works_of_one_name_are_told_apart(reference):
    works = reference.plan.works
    run = replace(
        reference,
        plan=replace(reference.plan, works=[works[0], replace(works[0], tasks=5), works[2]]),
    )
    titles = [text for _, text in Page(html.report(Result(run))).all("h2")]
    for tasks in (works[0].tasks, 5):
        at_once = f"up to {works[0].concurrency} at once"
        title = f"sleep ({tasks} tasks a batch; {at_once}) in numbers, and why"
        assert title in titles


def test_a_missing_extra_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(UsageError, match=r"pip install 'asyncbench\[report\]'"):
        html.report(Result(a_run()))


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
    assert [text for _, text in scale.Axis(low, high).ticks()] == texts


def _uvloop(run):
    """Give how uvloop's time relates to that of a plain loop, on `sleep`."""
    [row] = [row for row in Result(run).judgements[0].rows if row.name == "uvloop"]
    return units.times(row.ratio).partition(" (")[0]


def test_a_picture_has_a_line_for_each_ratio(reference):
    image = ET.fromstring(picture.svg(Result(reference)))
    assert len(image.findall(f".//{SVG}g[@class='line']")) == 15
    texts = ["".join(each.itertext()) for each in image.iter(f"{SVG}text")]
    assert f"{_uvloop(reference)}, wins" in texts
    assert "Cooperative multitasking wins on sleep" in texts
    assert "Cooperative multitasking loses on cpu" in texts  # as on the first screen


def test_a_picture_is_told_in_words(reference):
    image = ET.fromstring(picture.svg(Result(reference)))
    assert image.get("role") == "img"
    assert {image.find(f"{SVG}title").get("id"), image.find(f"{SVG}desc").get("id")} == set(
        image.get("aria-labelledby").split()
    )
    assert f"uvloop {_uvloop(reference)}, wins" in image.find(f"{SVG}desc").text


def test_names_stay_text_in_a_picture():
    image = ET.fromstring(picture.svg(Result(hostile())))
    tags = {each.tag.removeprefix(SVG) for each in image.iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "text", "line", "g", "path", "circle"}
    texts = ["".join(each.itertext()) for each in image.iter(f"{SVG}text")]
    assert HOSTILE[1][:12] in "".join(texts)


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

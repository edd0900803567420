"""The page of timelines as a file: what it shows of traces, how little it takes of long ones."""

import base64
import functools
import hashlib
import itertools
import re
import sys
import tracemalloc
from dataclasses import replace

import pytest

from asyncbench.analysis.trace.explain import explain
from asyncbench.analysis.trace.summary import summarise
from asyncbench.errors import UsageError
from asyncbench.report.html import marks, templating
from asyncbench.report.html import trace as timelines
from asyncbench.report.html.downsample import MOST_LINES, MOST_SHAPES, downsample
from asyncbench.report.terminal import trace as text
from tests.support.pages import HOSTILE, Page
from tests.support.trace_pages import TUTORIAL, odd, works
from tests.support.traces import MS, Script, timeline_of

# The page's scripts: it needs no library.
OWN = templating.own("trace.draw.js") + templating.own("trace.js")


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory):
    return works(tmp_path_factory.mktemp("tutorial"), **TUTORIAL)


@pytest.fixture(scope="module")
def page(tutorial):
    return Page(timelines.report(tutorial))


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    return odd(tmp_path_factory.mktemp("odd"))


@pytest.fixture(scope="module")
def bad_page(bad):
    return Page(timelines.report(bad))


def told(page, *tags):
    return [said for tag in tags for _, said in page.all(tag)]


# What it shows.


def test_a_work_has_its_executors_in_order_and_its_tables_below(page, tutorial):
    [(traces, _)] = tutorial
    assert told(page, "h1") == ["asyncbench trace: waiter"]
    assert told(page, "h2") == [text.title(traces[0])]
    names = [said.partition(":")[0] for said in told(page, "h3")]
    assert names == ["asyncio-blocking", "asyncio", "threads", "In numbers"]
    assert re.fullmatch(r"asyncio: \d{3} ms", told(page, "h3")[1])


def test_its_tables_say_what_those_on_a_terminal_say(page, tutorial):
    [(traces, summaries)] = tutorial
    shown = text.text(traces, summaries, 1000, tables=True).replace("-0 ns", "0")
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    captions = [said for said in told(page, "span") if said in lines]
    assert [said.split(" ")[0].strip(":") for said in captions] == [
        "Who", "Latency", "Fairness", "Where"
    ]  # fmt: skip
    rows, row = [], []
    for tag, attrs, texts in page.elements:
        if tag in ("th", "td") and attrs.get("scope") != "col":
            row = [*([] if tag == "th" else row), "".join(texts)]
            rows = [*(rows if tag == "th" else rows[:-1]), row]
    assert len(rows) == 2 + 3 + 3 + 9
    for each in rows:
        assert " ".join(each) in lines


def test_it_tells_each_story(page, tutorial):
    [(_, summaries)] = tutorial
    sentences = [said for each in summaries for said in explain(each)]
    assert [said for said in told(page, "li") if said in sentences] == sentences
    assert any("Nobody else could run for" in said for said in sentences)


def test_a_short_trace_is_drawn_slice_by_slice(page, tutorial):
    [(_, summaries)] = tutorial
    assert len(page.figures()) == 3
    for figure, each in zip(page.figures().values(), summaries, strict=True):
        drawn = slices(figure)
        found = [
            (row, int(doing), start, end, waited.place if waited else "")
            for row, doing, start, end, waited in each.timeline.slices()
        ]
        assert drawn == sorted(found)
        assert figure["joined"] == []
        assert figure["names"] == ["task foo", "task bar"]
        assert figure["ticks"] == ["foo", "bar"]
    assert any(waited.startswith("sleep (waiting.py:") for *_, waited in drawn_of(page, "asyncio"))


def drawn_of(page, executor):
    [id_] = [
        attrs["id"]
        for attrs, _ in page.all("div")
        if attrs.get("aria-label") == f"Timeline of {executor}" and "id" in attrs
    ]
    return slices(page.figures()[id_])


def slices(figure):
    """Give (line, doing, start, end, what it waited for) of each shape of a figure."""
    lines = [line for line, count in enumerate(figure["counts"]) for _ in range(count)]
    assert figure["grain"] == 1
    starts, at, before = [], 0, -1
    for line, gap, length in zip(lines, figure["gaps"], figure["lengths"], strict=True):
        starts.append((at if line == before else 0) + gap)
        at, before = starts[-1] + length, line
    columns = zip(lines, figure["did"], starts, figure["lengths"], strict=True)
    return sorted(
        (
            line,
            min(did, 2) if did != timelines.JOINED else None,
            start,
            start + length,
            figure["texts"][did - timelines.OF_TEXT] if did >= timelines.OF_TEXT else "",
        )
        for line, did, start, length in columns
    )


def test_timelines_of_a_work_have_one_range_and_their_own_end(page, tutorial):
    [(_, summaries)] = tutorial
    longest = max(each.timeline.wall_ns for each in summaries)
    for figure, each in zip(page.figures().values(), summaries, strict=True):
        assert figure["longest"] == longest
        assert figure["wall"] == each.timeline.wall_ns


def test_a_batch_much_shorter_than_the_longest_can_be_zoomed_to(tmp_path):
    traces = [a_long_one(tmp_path / str(steps), 2, steps) for steps in (2, 5)]
    page = Page(timelines.report([(traces, summaries_of(*traces))]))
    assert told(page, "button").count("Zoom to this batch") == 1


def summaries_of(*traces):
    """Return the summaries of traces that get a cell each."""
    for number, each in enumerate(traces):
        each.cell = replace(each.cell, id=number)
    return summarise(traces, 2)


def test_charts_are_told_in_words(page):
    words = [said for attrs, said in page.all("p") if attrs.get("class") == "words"]
    assert len(words) == 3
    assert re.match(r"2 rows over \d{3} ms, one for each task\..* waiting for (99|100)%", words[1])


def test_it_has_landmarks_headings_and_names_for_all_that_can_be_operated(page):
    for tag in ("header", "nav", "main", "footer"):
        assert len(page.all(tag)) == 1
    assert page.all("html")[0][0]["lang"] == "en"
    levels = [int(tag[1]) for tag, _, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    for attrs, said in page.all("button"):
        assert attrs["type"] == "button"
        assert attrs.get("aria-label") or len(said) > 1
    for _, attrs, _ in page.elements:
        if attrs.get("tabindex") == "0":
            assert attrs.get("aria-label") or attrs.get("aria-labelledby")


@pytest.mark.parametrize("which", ["page", "bad_page"])
def test_ids_are_unique_and_whatever_refers_to_one_finds_it(request, which):
    page = request.getfixturevalue(which)
    ids = [attrs["id"] for _, attrs, _ in page.elements if "id" in attrs]
    assert len(set(ids)) == len(ids)
    for _, attrs, _ in page.elements:
        named = " ".join(attrs.get(name, "") for name in ("aria-labelledby", "aria-describedby"))
        link = attrs.get("href", "#").removeprefix("#")
        assert {*named.split(), *([link] if link and link != "data:," else [])} <= {*ids}


# What went wrong.


def test_what_could_not_be_traced_says_why_and_has_no_chart(bad_page):
    said = "threads: unavailable: "
    assert any(heading.startswith(said) for heading in told(bad_page, "h3"))
    assert len(bad_page.figures()) == 3


def test_a_hang_is_shown_with_the_stack_it_hangs_in(bad_page):
    assert "asyncio: timed out after 1 s" in " ".join(told(bad_page, "h3"))
    assert "It hangs in" in told(bad_page, "p")
    assert re.search(r"odd_\w+\.py, line \d+, in atask$", told(bad_page, "pre")[0])


def test_a_failure_is_shown_with_its_traceback(bad_page):
    assert any(f"ValueError: {HOSTILE[1]}; what it did in" in each for each in told(bad_page, "h3"))
    assert told(bad_page, "pre")[1].startswith("Traceback (most recent call last):\n")
    assert told(bad_page, "pre")[1].endswith(f"ValueError: {HOSTILE[1]}")


def test_with_nothing_traced_there_is_a_page_all_the_same(tmp_path):
    trace = Script(tmp_path).trace(1)
    trace.status, trace.why, trace.began_ns = "unavailable", "no such loop", 0
    page = Page(timelines.report([([trace], [])]))
    assert told(page, "h3") == ["asyncio: unavailable: no such loop"]
    assert page.figures() == {}
    assert told(Page(timelines.report([])), "h2") == []


def test_other_work_is_told(tmp_path):
    traces = [a_long_one(tmp_path / name, 2, 2) for name in ("asyncio", "uvloop")]
    traces[1].cell = replace(traces[1].cell, executor="uvloop")
    traces[1].count = 3
    page = Page(timelines.report([(traces, summaries_of(*traces))]))
    assert any(
        "Nothing shows that uvloop did the same work as asyncio" in said
        for said in told(page, "li")
    )


def test_a_missing_extra_is_one_line(monkeypatch, tutorial):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(UsageError, match=r"pip install 'asyncbench\[report\]'"):
        timelines.report(tutorial)


# What must not get out, or in.


@pytest.mark.parametrize("which", ["page", "bad_page"])
def test_nothing_in_it_points_elsewhere(request, which):
    page = request.getfixturevalue(which)
    links = [attrs.get(name, "") for _, attrs, _ in page.elements for name in ("href", "src")]
    assert all(link.startswith(("#", "data:,")) for link in links if link)


def test_the_policy_lets_only_its_own_script_and_style_in(page):
    policy = next(attrs["content"] for attrs, _ in page.all("meta") if attrs.get("http-equiv"))
    assert policy.startswith("default-src 'none'; ")
    scripts = [said for attrs, said in page.all("script") if "type" not in attrs]
    assert scripts == [OWN]
    for kind, [said] in (("script", scripts), ("style", told(page, "style"))):
        digest = base64.b64encode(hashlib.sha256(said.encode()).digest()).decode()
        assert f"; {kind}-src 'sha256-{digest}'; " in policy
    assert not any("style" in attrs for _, attrs, _ in page.elements)


def test_names_bring_no_element_in(page, bad_page):
    assert {tag for tag, _, _ in bad_page.elements} <= {tag for tag, _, _ in page.elements} | {
        "pre"
    }
    assert not any(name.startswith("on") for _, attrs, _ in bad_page.elements for name in attrs)


def test_names_are_shown_as_they_are(bad_page):
    names = bad_page.figures()["work-1-1-chart"]["names"]
    assert names[:4] == [f"task {label}" for label in HOSTILE[:4]]
    assert names[4].startswith("task \\x1b[31mred\\x1b[0m {{ 7 * 7 }}")
    assert any(f"{HOSTILE[1]} held the loop" in said for said in told(bad_page, "li"))


def test_names_in_charts_are_data_that_no_parser_of_pages_sees(bad):
    content = timelines.report(bad)
    labels = [re.sub("\x1b", "\\\\x1b", label) for label in HOSTILE]
    ticks = Page(content).figures()["work-1-1-chart"]["ticks"]
    for label, tick in zip(labels, ticks, strict=False):
        assert tick.startswith(label[:8])
        assert len(tick) <= 18
    for figure in re.findall(r'data-figure="[^"]*">(.*?)</script>', content, re.DOTALL):
        assert not {*"<>&'"} & {*figure}


def test_its_script_makes_no_mark_up_of_texts():
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", OWN)


# What long traces take.


def a_long_one(folder, tasks, steps):
    """Give a trace of tasks that go on a loop round and round, for 20 us each, then wait."""
    folder.mkdir(exist_ok=True)
    script = Script(folder, tasks)
    for task in range(tasks):
        script.made(task + 1)
    at = 0.0
    since = [0.0] * tasks
    for step in range(steps):
        for task in range(tasks):
            if not step:
                script.begin(task, task + 1, at)
            if step == steps - 1:
                script.end(task, task + 1, at + 0.01)
            last = step == steps - 1
            script.step(task + 1, (at + since[task]) / 2, at, at + 0.02, last=last)
            at += 0.02
            since[task] = at
    return script.trace(at)


def times(timeline):
    sums = [0, 0, 0]
    for _, doing, start, end, _ in timeline.slices():
        sums[doing] += end - start
    return sums


def drawn_times(drawing):
    columns = zip(*(shape[2:5] for line in drawing.lines for shape in line), strict=True)
    return list(map(sum, columns))


@pytest.fixture(scope="module")
def long_ones(tmp_path_factory):
    """Give timelines of so many tasks and steps of each, made once."""

    @functools.cache
    def made(tasks, steps):
        return timeline_of(a_long_one(tmp_path_factory.mktemp("long"), tasks, steps))

    return made


@pytest.mark.parametrize(("tasks", "steps", "fold"), [(50, 100, 1), (200, 25, 1), (1000, 5, 5)])
@pytest.mark.parametrize("most", [400, 3000])
def test_few_shapes_tell_all_the_time_in_order(long_ones, tasks, steps, fold, most):
    timeline = long_ones(tasks, steps)
    drawing = downsample(timeline, most)
    assert drawing.shapes <= most
    assert drawing.fold >= fold
    assert len(drawing.lines) == len(drawing.names) <= min(MOST_LINES, most // 4)
    assert drawn_times(drawing) == pytest.approx(times(timeline))
    for line in drawing.lines:
        assert all(one.end <= other.start for one, other in itertools.pairwise(line))
        assert all(0 <= each.start < each.end <= timeline.wall_ns for each in line)


def test_what_is_joined_lies_close_or_looks_alike(long_ones):
    timeline = long_ones(10, 400)
    drawing = downsample(timeline, 500)
    joined = [each for line in drawing.lines for each in line if each.slices > 1]
    assert joined
    assert drawing.apart_ns < timeline.wall_ns / 10
    assert all(each.look == "part" for each in joined if each.end - each.start > drawing.apart_ns)


def test_a_long_wait_among_many_short_steps_is_drawn_as_it_was(tmp_path):
    script = Script(tmp_path, 1)
    script.made(1)
    script.begin(0, 1, 0)
    for number in range(1000):
        script.step(1, number / 10, number / 10, number / 10 + 0.05)
    script.step(1, 600, 600, 610, last=True, awaited="Event.wait")
    drawing = downsample(timeline_of(script.trace(620)), 40)
    [long] = [each for each in drawing.lines[0] if each.text >= 0]
    assert (long.start, long.end) == (99.95 * MS, 600 * MS)
    assert drawing.texts == ["Event.wait (fake.py:9)"]
    assert drawing.lines[0][-1][:3] == (600 * MS, 610 * MS, 10 * MS)


def test_rows_that_share_a_line_are_named_and_the_reader_is_told(tmp_path):
    trace = a_long_one(tmp_path, 1000, 2)
    page = Page(timelines.report([([trace], summaries_of(trace))]))
    [figure] = page.figures().values()
    assert len(figure["names"]) == 200
    assert figure["names"][:2] == ["tasks t0-t4", "tasks t5-t9"]
    assert figure["ticks"][-1] == "t995-t999"
    [said] = [said for said in told(page, "figcaption") if said]
    assert said.startswith("A line is 5 of 1,000 rows together, by ")


def test_of_what_is_joined_the_reader_is_told(tmp_path):
    trace = a_long_one(tmp_path, 100, 200)
    page = Page(timelines.report([([trace], summaries_of(trace))]))
    [said] = told(page, "figcaption")
    assert re.match(r"Too much happened to draw it all: what lies within \S+ \S+ is drawn", said)


def test_a_page_draws_so_many_shapes_however_many_traces_it_has(tmp_path):
    traces = [a_long_one(tmp_path / str(number), 40, 100) for number in range(6)]
    content = timelines.report([([trace], summaries_of(trace)) for trace in traces])
    figures = Page(content).figures()
    assert len(figures) == 6
    assert 5_000 < sum(sum(each["counts"]) for each in figures.values()) <= MOST_SHAPES
    assert len(content.encode()) < 1_200_000


def test_the_page_of_ten_thousand_tasks_is_small(tmp_path):
    trace = a_long_one(tmp_path, 10_000, 2)
    content = timelines.report([([trace], summaries_of(trace))])
    [figure] = Page(content).figures().values()
    assert sum(figure["counts"]) > 600
    assert sum(figure["hands"]["counts"]) == figure["hands"]["all"] == 19_999
    assert len(content.encode()) <= 600_000


# Holds of a loop, and hand-overs.


def a_held_one(folder, looks=17, held=50, tasks=3):
    """Give a trace in which t1 holds the loop, looked into so many times, and hands over."""
    folder.mkdir(exist_ok=True)
    script = Script(folder, tasks)
    began = [0, *(1 if task == 1 else held + task - 1 for task in range(1, tasks))]
    for task, start in enumerate(began):
        script.made(task + 1)
        script.begin(task, task + 1, start)
        for look in range(looks if task == 1 else 0):
            script.hold(2, 1, 11 + look, line=40, code="time.sleep(0.05)  # <b>")
        script.step(task + 1, 0, start, start + (held if task == 1 else 1))
    return script.trace(held + 10)


def test_a_hold_is_marked_once_in_the_row_that_held(tmp_path):
    trace = a_held_one(tmp_path)
    [figure] = Page(timelines.report([([trace], summaries_of(trace))])).figures().values()
    holds = figure["holds"]
    assert (holds["all"], holds["starts"], holds["lengths"]) == (1, [MS], [50 * MS])
    assert holds["who"] == ["t1"]
    assert holds["places"] == [["fetch (app.py:40)", "time.sleep(0.05)  # <b>", True]]
    assert holds["spans"] == [[0], [1], [MS], [50 * MS], [1]]


def test_where_nobody_held_a_loop_nothing_is_marked(page):
    holds = [figure["holds"]["all"] for figure in page.figures().values()]
    assert holds == [2, 0, 0]


def test_hand_overs_lead_from_line_to_line(tmp_path):
    trace = a_held_one(tmp_path)
    [figure] = Page(timelines.report([([trace], summaries_of(trace))])).figures().values()
    assert (figure["hands"]["from"], figure["hands"]["to"]) == ([0, 1], [1, 2])
    assert figure["hands"]["gaps"] == [MS, 50 * MS]


def test_of_more_holds_than_a_page_bears_the_longest_are_marked(tmp_path, monkeypatch):
    monkeypatch.setattr(marks, "MOST_HOLDS", 3)
    script = Script(tmp_path, 1)
    script.made(1)
    script.begin(0, 1, 0)
    for number in range(10):
        script.step(1, 30 * number, 30 * number, 30 * number + 12 + number)
    trace = script.trace(400)
    page = Page(timelines.report([([trace], summaries_of(trace))]))
    [figure] = page.figures().values()
    assert figure["holds"]["lengths"] == [19 * MS, 20 * MS, 21 * MS]
    assert figure["holds"]["spans"][0] == [-1] * 7 + [0, 1, 2]  # all are in the colour of a fault
    assert (
        "Of 10 holds of the loop the longest 3 are told one by one." in told(page, "figcaption")[0]
    )


def test_memory_does_not_grow_with_the_trace(tmp_path):
    taken = []
    for number, steps in enumerate((50, 400)):
        timeline = timeline_of(a_long_one(tmp_path / str(number), 50, steps))
        tracemalloc.start()
        downsample(timeline, 500)
        taken.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert taken[1] < 1.5 * taken[0]


def test_what_goes_on_until_the_end_is_in_the_last_column(tmp_path):
    script = Script(tmp_path, 300)
    for task in range(300):
        script.made(task + 1)
        script.begin(task, task + 1, 0)
        script.step(task + 1, 0, 0, 7)
    drawing = downsample(timeline_of(script.trace(7)), 2000)
    assert {line[-1].end for line in drawing.lines} == {7 * MS}

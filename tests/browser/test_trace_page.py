"""The page of timelines in a real Chromium: drawn, zoomed, pointed at, read, and nothing hurt."""

import re
import time

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin

from asyncbench.report.html import trace
from tests.browser.test_report import TEXTS
from tests.support.pages import CONTRAST, contrast
from tests.support.trace_pages import TUTORIAL, odd, works

# Of each chart: the range of its time axis in ms, and how many shapes it has drawn of each look.
CHARTS = """
return [...document.querySelectorAll(".chart .drawing svg")].map((svg) => ({
  range: [svg.dataset.low, svg.dataset.high].map((time) => time / 1e6),
  shapes: Object.fromEntries([...svg.querySelectorAll("[data-look]")].map(
    (path) => [path.dataset.look, path.getAttribute("d").split("M").length - 1])),
  strokes: svg.querySelector(".strokes")?.getAttribute("d").split("M").length - 1,
  names: [...svg.querySelectorAll(".names")].map((text) => text.textContent),
  holds: [...svg.querySelectorAll(".hold")].map((mark) => mark.getAttribute("aria-label")),
  ticks: [...svg.querySelectorAll(".tick")].map((text) => text.textContent),
}));
"""
SAID = "return document.querySelector('.zoom output').textContent"
LABEL = """
const labels = [...document.querySelectorAll(".told")].filter((label) => !label.hidden);
return labels.map((label) => [...label.children].map((line) => line.textContent));
"""
DRAWN = (
    "return [...document.querySelectorAll('.chart')].every((c) => c.querySelector('.drawing svg'))"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    path = folder / "trace.html"
    path.write_text(trace.report(works(folder, **TUTORIAL)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    path = folder / "bad.html"
    path.write_text(trace.report(odd(folder)), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser, page):
    browser.open(page)
    browser.draw_everything()
    return browser


def chart(browser, number):
    found = browser.driver.find_elements("css selector", ".chart")[number]
    browser.run("arguments[0].scrollIntoView({ block: 'center' })", found)
    return found


def at(browser, number, across, line):
    """Give the point of a chart, where its area of two lines has this share from the left."""
    box = browser.run(
        """
        const node = arguments[0].querySelector(".drawing");
        const { left, top } = node.getBoundingClientRect();
        const grid = node.querySelector(".grid").getBBox();
        const second = [...node.querySelectorAll(".names")][1].getBBox();
        const middle = second.y + second.height / 2;
        const width = node.clientWidth - 24 - grid.x;
        return { left: left + grid.x, top: top + middle - 39, width, height: 52 };
        """,
        chart(browser, number),
    )
    x, y = box["left"] + across * box["width"], box["top"] + (line + 0.5) / 2 * box["height"]
    return round(x), round(y)


def point(browser, *points, press=False):
    actions = ActionBuilder(browser.driver)
    for place, (x, y) in enumerate(points):
        actions.pointer_action.move_to_location(x, y)
        if press and not place:
            actions.pointer_action.pointer_down()
    if press:
        actions.pointer_action.pointer_up()
    actions.perform()


def ranges(browser):
    return [each["range"] for each in browser.run(CHARTS)]


def changed(browser, before):
    """Wait until all charts show another time than before; give it."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        now = ranges(browser)
        if all(one != other for one, other in zip(now, before, strict=True)):
            assert all(each == now[0] for each in now)
            return now[0]
        time.sleep(0.02)
    raise AssertionError(before)


def test_it_asks_for_nothing_complains_of_nothing_and_draws_every_look(opened, page):
    assert [each for each in opened.requests() if not each.startswith("data:")] == [page.as_uri()]
    assert opened.complaints() == []
    blocking, cooperative, threads = opened.run(CHARTS)
    assert blocking["range"] == cooperative["range"] == threads["range"]
    assert blocking["range"][0] == 0
    assert blocking["shapes"]["running"] == blocking["shapes"]["held"] == 2
    assert blocking["shapes"]["queued"] >= 1
    # Eight steps and eight waits, of which neighbours may be drawn as one.
    assert cooperative["shapes"]["part"] + cooperative["shapes"]["running"] >= 5
    assert cooperative["shapes"]["waiting"] >= 5
    assert "held" not in cooperative["shapes"]
    assert blocking["names"] == ["foo", "bar", "loop held", "hand-overs"]
    assert cooperative["names"] == ["foo", "bar", "hand-overs"]
    assert cooperative["ticks"][0] == "0"
    assert re.fullmatch(r"\d+ ms", cooperative["ticks"][1])


def test_looks_differ_by_height_and_pattern_as_well_as_by_colour(opened):
    looks = opened.run(
        """
        return ["waiting", "queued", "part", "running", "held"].map((name) => {
          const paths = [...document.querySelectorAll(`[data-look=${name}]`)];
          const path = paths.find((each) => each.getAttribute("d"));
          const [above, below] = path.getAttribute("d").match(/ [\\d.]+H|V[\\d.]+/g)
            .map((each) => parseFloat(each.replace("V", "")));
          return [name, Math.round(below - above), getComputedStyle(path).fill.split("#")[0]];
        });
        """
    )
    assert len({height for _, height, _ in looks}) >= 4
    assert [name for name, _, fill in looks if fill.startswith("url(")] == ["queued", "held"]
    assert len({fill for _, _, fill in looks}) == 3


def test_a_held_loop_has_the_colour_of_a_fault_a_pattern_and_a_label(opened):
    red, stripes, fault = opened.run(
        """
        const fill = (name) => getComputedStyle(document.querySelector(name)).fill;
        const fault = document.createElement("i");
        fault.style.color = "var(--loses)";
        document.body.append(fault);
        return [fill(".hold rect"), fill("pattern rect.held"), getComputedStyle(fault).color];
        """
    )
    assert red == stripes == fault
    assert opened.run("return document.querySelectorAll('pattern rect.gap').length") >= 1
    blocking = opened.run(CHARTS)[0]
    assert [re.sub(r" for .*", "", each) for each in blocking["holds"]] == [
        "foo held the loop", "bar held the loop"
    ]  # fmt: skip
    said = opened.run("return [...document.querySelectorAll('.which')].map((e) => e.textContent)")
    assert re.fullmatch(r"foo: \d{3} ms", said[0])


def test_hand_overs_are_strokes_from_task_to_task(opened):
    blocking, cooperative, _ = opened.run(CHARTS)
    assert blocking["strokes"] == 1
    assert cooperative["strokes"] >= 5
    chart(opened, 0)
    x, y = opened.run(
        """
        const bars = document.querySelector(".chart .bars");
        const { left, width, bottom } = bars.getBoundingClientRect();
        return [left + width / 2, bottom - 3];
        """
    )
    point(opened, (round(x), round(y)))
    [label] = opened.run(LABEL)
    assert label[0] == "From task foo to task bar"


def test_the_line_that_held_the_loop_is_told_under_the_pointer(opened):
    point(opened, at(opened, 0, 0.1, -1))  # in the line of holds
    [label] = opened.run(LABEL)
    assert re.fullmatch(r"foo held the loop for \d{3} ms", label[0])
    assert re.fullmatch(r"in Waiter\.task \(waiting\.py:\d+\)", label[1])
    assert label[2] == "time.sleep(quarters * self.unit / 4)"
    point(opened, at(opened, 0, 0.1, 0))  # in the line of the task
    [label] = opened.run(LABEL)
    assert label[:2] == ["task foo", "running"]
    assert "time.sleep(quarters * self.unit / 4)" in label


def test_the_line_that_held_the_loop_is_told_in_focus(opened):
    opened.run("arguments[0].focus()", chart(opened, 0))
    active = opened.driver.switch_to
    active.active_element.send_keys("\ue004")
    [label] = opened.run(LABEL)
    assert label[0].startswith("foo held the loop for ")
    assert label[2] == "time.sleep(quarters * self.unit / 4)"
    active.active_element.send_keys("\ue014")  # arrow right
    assert opened.run(LABEL)[0][0].startswith("bar held the loop for ")
    assert ranges(opened)[0][0] == 0
    active.active_element.send_keys("+")  # the view zooms, and the focus stays
    opened.wait_for("return document.querySelector('.drawing svg').dataset.low > 0")
    assert active.active_element.get_attribute("data-hold") == "1"
    active.active_element.send_keys("0")
    opened.wait_for("return document.querySelector('.drawing svg').dataset.low === '0'")
    active.active_element.send_keys("\ue00c")
    assert opened.run(LABEL) == []
    active.active_element.send_keys("\ue004")  # the others are not in the tabulator's way
    assert active.active_element.get_attribute("data-hold") is None


def test_a_hold_beyond_the_view_is_gone_to(opened):
    chart(opened, 0)
    for _ in range(6):
        opened.driver.find_element("css selector", "[data-zoom=in]").click()
    for _ in range(150):
        opened.run("document.querySelector('[data-zoom=left]').click()")
    opened.wait_for("return document.querySelector('.drawing svg').dataset.low === '0'")
    opened.run("document.querySelector('.hold').focus()")
    opened.driver.switch_to.active_element.send_keys("\ue014")
    opened.wait_for("return document.activeElement.dataset.hold === '1'")
    assert ranges(opened)[0][0] > 100
    assert opened.run(LABEL)[0][0].startswith("bar held the loop for ")


def test_dragging_zooms_all_timelines_of_the_work_and_a_button_resets(opened):
    whole = ranges(opened)
    point(opened, at(opened, 1, 0.25, 0), at(opened, 1, 0.4, 1), at(opened, 1, 0.5, 1), press=True)
    low, high = changed(opened, whole)
    end = whole[0][1]
    assert low == pytest.approx(0.25 * end, abs=0.01 * end)
    assert high == pytest.approx(0.5 * end, abs=0.01 * end)
    assert re.fullmatch(r"\d{3}\.\d ms to \d{3}\.\d ms", opened.run(SAID))
    zoomed = ranges(opened)
    opened.driver.find_element("xpath", "//button[text()='Reset zoom']").click()
    assert changed(opened, zoomed) == whole[0]
    assert re.fullmatch(r"all \d{3} ms", opened.run(SAID))


def test_keys_zoom_and_go_through_time(opened):
    root = chart(opened, 0)
    opened.run("arguments[0].focus()", root)
    whole = ranges(opened)
    end = whole[0][1]
    steps = [
        ("+", 0.25, 0.75), ("+", 0.375, 0.625), ("\ue014", 0.4375, 0.6875),  # arrow right
        ("\ue012", 0.375, 0.625), ("-", 0.25, 0.75), ("0", 0, 1),
    ]  # fmt: skip
    for key, low, high in steps:
        before = ranges(opened)
        root.send_keys(key)
        assert changed(opened, before) == pytest.approx([low * end, high * end])
    root.send_keys("0", "-", "\ue012")  # nothing is beyond all of it
    time.sleep(0.2)
    assert ranges(opened) == whole


def test_the_wheel_zooms_a_timeline_in_focus_and_scrolls_the_page_else(opened):
    x, y = at(opened, 1, 0.5, 0)
    whole, top = ranges(opened), opened.run("return scrollY")

    def turn(by):
        ActionChains(opened.driver).scroll_from_origin(
            ScrollOrigin.from_viewport(x, y), 0, by
        ).perform()

    turn(40)
    opened.wait_for(f"return scrollY > {top}")
    assert ranges(opened) == whole
    x, y = at(opened, 1, 0.5, 0)
    opened.run("document.querySelectorAll('.chart')[1].focus({ preventScroll: true })")
    top = opened.run("return scrollY")
    turn(-100)
    low, high = changed(opened, whole)
    assert (low + high) / 2 == pytest.approx(whole[0][1] / 2, rel=0.02)
    assert opened.run("return scrollY") == top


def test_time_can_be_zoomed_far_and_its_ticks_stay_apart(opened):
    for _ in range(18):
        opened.driver.find_element("css selector", "[data-zoom=in]").click()
    opened.wait_for("return document.querySelector('.drawing svg').dataset.high < 1e9")
    time.sleep(0.3)
    for each in opened.run(CHARTS):
        low, high = each["range"]
        assert high - low == pytest.approx(0.0017, abs=0.0008)  # ms
        assert len(set(each["ticks"])) == len(each["ticks"]) >= 4
    assert opened.complaints() == []


def test_what_is_pointed_at_is_told(opened):
    point(opened, at(opened, 0, 0.25, 1))
    [label] = opened.run(LABEL)
    assert label[:2] == ["task bar", "queued: ready, while others run"]
    assert re.fullmatch(r"0 to \d{3}(\.\d)? ms \(\d{3} ms\)", label[2])
    point(opened, at(opened, 1, 0.1, 0))
    [label] = opened.run(LABEL)
    assert label[0] == "task foo"
    assert re.fullmatch(r"waiting for sleep \(waiting\.py:\d+\)", label[1])
    point(opened, at(opened, 0, 0.1, 0))
    assert opened.run(LABEL)[0][1] == "running"
    opened.run("document.activeElement.blur()")
    point(opened, at(opened, 1, 0.95, 0))  # the batch has ended
    assert opened.run(LABEL) == []


def test_where_a_batch_had_ended_its_timeline_says_so(opened):
    whole = ranges(opened)
    point(opened, at(opened, 0, 0.8, 0), at(opened, 0, 0.85, 0), at(opened, 0, 0.9, 0), press=True)
    changed(opened, whole)
    said = "return [...document.querySelectorAll('.ended')].map((e) => e.textContent)"
    assert opened.run(said) == ["the batch had ended"] * 2


def test_a_label_can_be_dismissed(opened):
    point(opened, at(opened, 0, 0.25, 1))
    assert opened.run(LABEL)
    chart(opened, 0).send_keys("\ue00c")  # Escape
    assert opened.run(LABEL) == []


def test_everything_can_be_reached_by_the_tabulator(opened):
    reached = []
    for _ in range(40):
        opened.driver.switch_to.active_element.send_keys("\ue004")
        reached.append(
            opened.run("const { id, dataset } = document.activeElement; return dataset.zoom ?? id")
        )
    assert {"in", "out", "left", "right", "all", "work-1-1-chart", "work-1-3-chart"} <= {*reached}


def _see(browser, path, width, scheme):
    browser.open(path, width, scheme)
    browser.draw_everything()
    return browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_never_scrolls_sideways_and_its_texts_have_contrast(browser, bad, width, scheme):
    _see(browser, bad, width, scheme)
    assert browser.run("return document.documentElement.scrollWidth") <= width
    beyond = (
        "return [...document.querySelectorAll('.drawing svg, .controls, pre')]"
        ".filter((each) => each.getBoundingClientRect().right > innerWidth).length"
    )
    assert browser.run(beyond) == 0
    texts = browser.run(TEXTS)
    on_red = browser.run(
        "return [...document.querySelectorAll('.which')].map((e) => e.textContent)"
    )
    red = browser.run("return getComputedStyle(document.querySelector('.hold rect')).fill")
    assert len(texts) > 150
    for text, colour, page in texts:
        ground = red if colour == page and text in map(_cut, on_red) else page
        both = [tuple(map(float, re.findall(r"[\d.]+", each))) for each in (colour, ground)]
        assert contrast(*both) >= CONTRAST, (text, colour, ground)


def test_names_hurt_nobody_and_are_told_as_they_are(browser, bad):
    _see(browser, bad, 1280, "light")
    point(browser, *[_line(browser, line) for line in range(5)])
    [label] = browser.run(LABEL)
    assert label[0].startswith("task \\x1b[31mred")
    assert browser.run("return window.hurt ?? null") is None
    assert browser.complaints() == []
    assert [each for each in browser.requests() if not each.startswith("data:")] == [bad.as_uri()]
    assert browser.run("return document.querySelectorAll('main img, svg a, svg b').length") == 0


def _cut(text):
    return text[:40]


def _line(browser, line):
    top = 6 + (24 if browser.run(CHARTS)[0]["holds"] else 0)
    box = browser.run(
        "const { left, top, width } = arguments[0].getBoundingClientRect();"
        "return [left, top, width]",
        chart(browser, 0),
    )
    return round(box[0] + 0.4 * box[2]), round(box[1] + top + 26 * (line + 0.5))


def test_charts_follow_the_scheme_when_it_changes(browser, page):
    browser.open(page)
    fill = "getComputedStyle(document.querySelector('.chart path.running')).fill"
    before = browser.run(f"return {fill}")
    browser.tell(
        "Emulation.setEmulatedMedia",
        features=[{"name": "prefers-color-scheme", "value": "dark"}],
    )
    browser.wait_for(f"return {fill} !== '{before}'")


def test_on_paper_everything_is_drawn_without_what_cannot_be_pressed(browser, page):
    browser.open(page, scheme="dark")
    browser.tell("Emulation.setEmulatedMedia", media="print")
    browser.wait_for(DRAWN)
    widths = "return [...document.querySelectorAll('.drawing svg')].map((e) => e.clientWidth)"
    browser.wait_for(f"{widths}.every((width) => width <= 680)")
    assert browser.run("return document.querySelector('.zoom').getClientRects().length") == 0


def test_without_a_script_there_are_words_and_tables(browser, page):
    browser.tell("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(page)
        texts = browser.driver.find_element("css selector", "main").text
    finally:
        browser.tell("Emulation.setScriptExecutionDisabled", value=False)
    assert "Nobody else could run for" in texts
    assert "Where the time from start to end went" in texts
    assert "Reset zoom" not in texts


def test_the_first_chart_is_drawn_soon(browser, page, record_property):
    browser.open(page)
    browser.wait_for("return performance.getEntriesByName('first-chart').length > 0")
    drawn = browser.run("return performance.getEntriesByName('first-chart')[0].startTime / 1000")
    record_property("first_chart_s", drawn)
    print(f"after the page was asked for: the first timeline {drawn:.2f} s")
    # The figure to reach is 1 s; this only tells a page that hangs from one that does not.
    assert drawn < 20

"""The HTML report in a real Chromium: offline, drawn, sorted, readable, and nothing hurt."""

import re
from pathlib import Path

import pytest

import asyncbench
from asyncbench.analysis.result import Result
from asyncbench.report import html
from asyncbench.report.html import picture
from tests.support.pages import CONTRAST, HOSTILE, contrast, hostile

REFERENCE = Path(__file__).parents[2] / "results" / "reference-default.jsonl"
# Every text that is seen, with its colour and the ground that it stands on.
TEXTS = """
return [...document.querySelectorAll("body *")].flatMap((node) => {
  if (node.closest("script, style, .words")) return [];
  const own = [...node.childNodes].some((each) => each.nodeType === 3 && each.data.trim());
  if (!own || !node.getClientRects().length) return [];
  const style = getComputedStyle(node);
  let ground = node;
  const filled = (each) => getComputedStyle(each).backgroundColor;
  while (ground.parentElement && /, 0\\)$|transparent/.test(filled(ground))) {
    ground = ground.parentElement;
  }
  const colour = node.namespaceURI.endsWith("svg") ? style.fill : style.color;
  return [[node.textContent.slice(0, 40), colour, filled(ground)]];
});
"""

MARKS = """
const count = (chart, selector) => chart.querySelectorAll(selector).length;
return Object.fromEntries([...document.querySelectorAll(".chart")].map((chart) => [chart.id, {
  points: count(chart, ".point"),
  errors: count(chart, ".xerror"),
  boxes: count(chart, ".boxes path.box"),
}]));
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "report.html"
    path.write_text(html.report(asyncbench.load(REFERENCE)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "bad.html"
    path.write_text(html.report(Result(hostile())), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def wide(browser, page):
    """What a wide screen in light shows of the report of the reference run."""
    browser.open(page, 1280)
    browser.draw_everything()
    return _seen(browser) | {
        "marks": browser.run(MARKS),
        "times": browser.run(
            "return [performance.getEntriesByName('first-contentful-paint'),"
            "performance.getEntriesByName('first-chart')].map((each) => each[0].startTime / 1000)"
        ),
    }


@pytest.fixture(scope="module")
def narrow(browser, page):
    """What a phone in the dark shows of it."""
    browser.open(page, 390, scheme="dark")
    browser.draw_everything()
    return _seen(browser)


@pytest.fixture(scope="module")
def hurt(browser, bad):
    """What a phone shows of a report whose every name wants to hurt; a dialog would fail it."""
    browser.open(bad, 390)
    browser.draw_everything()
    return _seen(browser) | {
        "hurt": browser.run("return window.hurt ?? null"),
        "brought": browser.run(
            "return document.querySelectorAll('main img, main svg a, main svg b').length"
        ),
        "shown": browser.run("return document.querySelector('main').innerText"),
        "drawn": browser.run(
            "return [...document.querySelectorAll('.main-svg')]"
            ".map((each) => each.textContent).join()"
        ),
        "label": browser.run(
            """
            const chart = document.querySelector(".chart[data-kind=ratios] .drawing");
            Plotly.Fx.hover(chart, [{ curveNumber: 1, pointNumber: 1 }]);
            return chart.querySelector(".hoverlayer").innerHTML;
            """
        ),
    }


def _seen(browser):
    return {
        "requests": [each for each in browser.requests() if not each.startswith("data:")],
        "complaints": browser.complaints(),
        "texts": browser.run(TEXTS),
        "width": browser.run("return document.documentElement.scrollWidth"),
        "beyond": browser.run(
            "return [...document.querySelectorAll('.main-svg')]"
            ".filter((each) => each.getBoundingClientRect().right > innerWidth).length"
        ),
    }


def test_it_asks_for_nothing_and_complains_of_nothing(wide, page):
    assert wide["requests"] == [page.as_uri()]
    assert wide["complaints"] == []


@pytest.mark.parametrize("work", [1, 2, 3])
def test_charts_have_a_mark_for_each_cell_and_sample(wide, work):
    run = asyncbench.load(REFERENCE).run
    cells = [cell.id for cell in run.plan.cells_of(work - 1)]
    counted = sum(not each.warmup and each.cell in cells for each in run.samples)
    assert wide["marks"][f"run-1-work-{work}-ratios"] == {
        "points": 2 * len(cells),  # one of them the ideal
        "errors": len(cells),
        "boxes": 0,
    }
    assert wide["marks"][f"run-1-work-{work}-samples"] == {
        "points": counted,
        "errors": 0,
        "boxes": len(cells),
    }
    assert wide["marks"][f"run-1-work-{work}-costs"]["points"] == 5 * len(cells)


def test_the_first_charts_are_drawn_soon(wide, record_property):
    painted, drawn = wide["times"]
    record_property("first_paint_s", painted)
    record_property("first_plotly_chart_s", drawn)
    print(f"after the page was asked for: painted {painted:.2f} s, drawn by Plotly {drawn:.2f} s")
    # The figure to reach is 1 s; this only tells a page that hangs from one that does not.
    assert painted < drawn < 20


def _column(browser, name):
    return browser.run(
        """
        const table = document.querySelector("table[data-sortable]");
        const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
        const column = names.indexOf(arguments[0]);
        return [...table.tBodies[0].rows].map((row) => row.cells[column].textContent.trim());
        """,
        name,
    )


def _button(browser, name):
    return browser.driver.find_element("xpath", f"//th/button[text()='{name}']")


def _state(browser):
    return browser.run(
        "return [...document.querySelectorAll('[aria-sort]')]"
        ".map((cell) => [cell.textContent, cell.ariaSort])"
    )


def test_a_click_sorts_numbers_as_numbers_and_turns_them_round(browser, page):
    browser.open(page)
    button = _button(browser, "median_s")
    for way, state in ((1, "ascending"), (-1, "descending")):
        browser.run("arguments[0].click()", button)
        values = list(map(float, _column(browser, "median_s")))
        assert len(values) == 15
        assert values == sorted(values)[::way]
        assert _state(browser) == [["median_s", state]]


def test_keys_sort_too(browser, page):
    browser.open(page)
    button = _button(browser, "executor")
    browser.run("arguments[0].focus()", button)
    button.send_keys("\ue007")  # Enter
    assert _column(browser, "executor") == sorted(_column(browser, "executor"))
    browser.driver.switch_to.active_element.send_keys(" ")
    assert _state(browser) == [["executor", "descending"]]


def test_the_first_key_leads_past_the_navigation(browser, page):
    browser.open(page)
    browser.driver.find_element("tag name", "body").send_keys("\ue004")  # Tab
    assert browser.driver.switch_to.active_element.text == "Skip to the answer"
    browser.driver.switch_to.active_element.send_keys("\ue007")
    assert browser.run("return document.activeElement.id") == "main"


@pytest.mark.parametrize(("view", "width"), [("wide", 1280), ("narrow", 390), ("hurt", 390)])
def test_a_page_never_scrolls_sideways(request, view, width):
    seen = request.getfixturevalue(view)
    assert seen["width"] <= width
    assert seen["beyond"] == 0


@pytest.mark.parametrize(
    ("view", "page_colour"), [("wide", "rgb(255, 255, 255)"), ("narrow", "rgb(17, 22, 29)")]
)
def test_every_text_has_contrast_in_either_scheme(request, view, page_colour):
    texts = request.getfixturevalue(view)["texts"]
    assert page_colour in {ground for _, _, ground in texts}
    assert len(texts) > 500
    for text, colour, ground in texts:
        both = [tuple(map(float, re.findall(r"[\d.]+", each))) for each in (colour, ground)]
        assert contrast(*both) >= CONTRAST, (text, colour, ground)


def test_names_hurt_nobody(hurt, bad):
    assert hurt["hurt"] is None
    assert hurt["complaints"] == []
    assert hurt["requests"] == [bad.as_uri()]
    assert hurt["brought"] == 0


def test_names_are_shown_as_they_are(hurt):
    for text in HOSTILE[:4]:
        assert text in hurt["shown"]
    for text in HOSTILE[1:4]:
        assert text[:27] in hurt["drawn"]


def test_a_name_in_a_hover_label_stays_text(hurt):
    assert "&lt;a href=" in hurt["label"]
    assert "<a" not in hurt["label"]


def test_charts_follow_the_scheme_when_it_changes(browser, page):
    browser.open(page)
    fill = "getComputedStyle(document.querySelector('.chart .ytick text')).fill"
    assert browser.run(f"return {fill}") == "rgb(24, 32, 43)"
    browser.tell(
        "Emulation.setEmulatedMedia",
        features=[{"name": "prefers-color-scheme", "value": "dark"}],
    )
    browser.wait_for(f"return {fill} === 'rgb(231, 235, 241)'")


def test_on_paper_everything_is_drawn_and_dark_on_light(browser, page):
    browser.open(page, scheme="dark")
    browser.tell("Emulation.setEmulatedMedia", media="print")
    browser.wait_for(
        "const charts = [...document.querySelectorAll('.chart')];"
        "return charts.length === 9 && charts.every((chart) => chart.querySelector('.main-svg'))"
    )
    charts = browser.run(
        "return [...document.querySelectorAll('.chart')].map((chart) => ["
        "getComputedStyle(chart.querySelector('.ytick text')).fill,"
        "chart.querySelector('.main-svg').getBoundingClientRect().width])"
    )
    assert {fill for fill, _ in charts} == {"rgb(0, 0, 0)"}
    assert max(width for _, width in charts) <= 680
    ground = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"


def test_a_picture_of_hostile_names_is_a_picture(browser, tmp_path):
    path = tmp_path / "picture.svg"
    path.write_text(picture.svg(Result(hostile())), encoding="utf-8")
    browser.open(path)
    assert browser.complaints() == []
    assert browser.run("return window.hurt ?? null") is None
    assert browser.run("return document.querySelectorAll('script, a, image').length") == 0


def test_a_picture_follows_the_scheme(browser, tmp_path):
    path = tmp_path / "picture.svg"
    path.write_text(picture.svg(asyncbench.load(REFERENCE)), encoding="utf-8")
    grounds = []
    for scheme in ("light", "dark"):
        browser.open(path, scheme=scheme)
        grounds.append(browser.run("return getComputedStyle(document.querySelector('.page')).fill"))
    assert grounds == ["rgb(255, 255, 255)", "rgb(17, 22, 29)"]

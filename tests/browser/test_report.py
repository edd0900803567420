"""The HTML report in a real Chromium: offline, drawn, sorted, readable, and nothing hurt."""

import re
from pathlib import Path

import pytest

import asyncbench
from asyncbench.report import html, picture
from tests.pages import CONTRAST, HOSTILE, contrast, hostile

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


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "report.html"
    path.write_text(html.report(asyncbench.load(REFERENCE)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "bad.html"
    path.write_text(html.report(hostile()), encoding="utf-8")
    return path


def test_it_asks_for_nothing_and_complains_of_nothing(browser, page):
    browser.open(page)
    browser.draw_everything()
    asked = [address for address in browser.requests() if not address.startswith("data:")]
    assert asked == [page.as_uri()]
    assert browser.complaints() == []


def test_charts_have_a_mark_for_each_cell_and_sample(browser, page):
    browser.open(page)
    browser.draw_everything()
    run = asyncbench.load(REFERENCE)
    for work in range(3):
        ids = [cell.id for cell in run.plan.cells_of(work)]

        def marks(kind, selector, work=work):
            chart = f"#run-1-work-{work + 1}-{kind}"
            return browser.run(f"return document.querySelectorAll('{chart} {selector}').length")

        assert marks("ratios", ".trace:not(:last-child) .point") == len(ids)
        assert marks("ratios", ".xerror") == len(ids)
        assert marks("ratios", ".trace:last-child .point") == len(ids)  # the ideal
        assert marks("samples", ".boxes path.box") == len(ids)
        counted = sum(not each.warmup and each.cell in ids for each in run.samples)
        assert marks("samples", ".scatterlayer .point") == counted
        assert marks("costs", ".barlayer .point") == 5 * len(ids)


def test_the_first_chart_is_drawn_soon(browser, page, record_property):
    browser.open(page)
    taken = browser.run("return performance.getEntriesByName('first-chart')[0].startTime") / 1000
    record_property("first_chart_s", taken)
    print(f"first chart drawn {taken:.2f} s after the page was asked for")
    # The figure to reach is 1 s; this only tells a page that hangs from one that does not.
    assert taken < 20


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


@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_never_scrolls_sideways(browser, page, width):
    browser.open(page, width)
    browser.draw_everything()
    assert browser.run("return document.documentElement.scrollWidth") <= width
    wide = browser.run(
        "return [...document.querySelectorAll('.main-svg')]"
        ".filter((each) => each.getBoundingClientRect().right > innerWidth).length"
    )
    assert wide == 0


def test_names_hurt_nobody_and_are_shown(browser, bad):
    browser.open(bad, 390)  # a dialog would fail the next command
    browser.draw_everything()
    assert browser.run("return window.hurt ?? null") is None
    assert browser.complaints() == []
    assert [each for each in browser.requests() if not each.startswith("data:")] == [bad.as_uri()]
    assert browser.run("return document.querySelectorAll('main img, svg a, svg b').length") == 0
    assert browser.run("return document.documentElement.scrollWidth") <= 390
    shown = browser.run("return document.querySelector('main').innerText")
    drawn = browser.run(
        "return [...document.querySelectorAll('.main-svg')].map((each) => each.textContent).join()"
    )
    for text in HOSTILE[:4]:
        assert text in shown
    for text in HOSTILE[1:4]:
        assert text[:27] in drawn


def test_a_name_in_a_hover_label_stays_text(browser, bad):
    browser.open(bad)
    browser.draw_everything()
    label = browser.run(
        """
        const chart = document.querySelector(".chart[data-kind=ratios] .drawing");
        Plotly.Fx.hover(chart, [{ curveNumber: 1, pointNumber: 1 }]);
        return chart.querySelector(".hoverlayer").textContent;
        """
    )
    assert HOSTILE[3] in label
    assert browser.run("return document.querySelectorAll('.hoverlayer a').length") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast_in_either_scheme(browser, page, scheme):
    browser.open(page, scheme=scheme)
    browser.draw_everything()
    texts = browser.run(TEXTS)
    grounds = {ground for _, _, ground in texts}
    assert ("rgb(17, 22, 29)" in grounds) == (scheme == "dark")
    assert len(texts) > 500
    for text, colour, ground in texts:
        both = [tuple(map(float, re.findall(r"[\d.]+", each))) for each in (colour, ground)]
        assert contrast(*both) >= CONTRAST, (text, colour, ground)


def test_charts_follow_the_scheme_when_it_changes(browser, page):
    browser.open(page)
    fill = "return getComputedStyle(document.querySelector('.chart .ytick text')).fill"
    light = browser.run(fill)
    browser.tell(
        "Emulation.setEmulatedMedia",
        features=[{"name": "prefers-color-scheme", "value": "dark"}],
    )
    assert light != browser.run(fill)


def test_on_paper_everything_is_drawn_and_dark_on_light(browser, page):
    browser.open(page, scheme="dark")
    browser.tell("Emulation.setEmulatedMedia", media="print")
    assert browser.run("return document.querySelectorAll('.chart .main-svg').length") >= 9
    charts = browser.run(
        "return [...document.querySelectorAll('.chart')].map((chart) => ["
        "getComputedStyle(chart.querySelector('.ytick text')).fill,"
        "chart.querySelector('.main-svg').getBoundingClientRect().width])"
    )
    assert {fill for fill, _ in charts} == {"rgb(0, 0, 0)"}
    assert max(width for _, width in charts) <= 680
    assert browser.run("return getComputedStyle(document.body).backgroundColor") in (
        "rgb(255, 255, 255)"
    )


def test_a_picture_of_hostile_names_is_a_picture(browser, tmp_path):
    path = tmp_path / "picture.svg"
    path.write_text(picture.svg(hostile()), encoding="utf-8")
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

"""The HTML report in a real Chromium: offline, drawn, sorted, readable, and nothing hurt."""

import base64
import re
from pathlib import Path

import pytest

import asyncbench
from asyncbench import units
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

# Texts that are cut off or stand beyond the screen, but for tables, which scroll by themselves.
CLIPPED = """
return [...document.querySelectorAll("body *")].filter((node) => {
  const apart = ".scroll, .skip, .words, .symbols, script, style";
  if (node.closest(apart) || !node.getClientRects().length) return false;
  const { left, right } = node.getBoundingClientRect();
  const beyond = right > innerWidth + 0.5 || left < -0.5;
  const inline = node instanceof SVGElement || getComputedStyle(node).display === "inline";
  return beyond || (!inline && node.scrollWidth > node.clientWidth + 1);
}).map((node) => node.outerHTML.slice(0, 120));
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
def both(tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "both.html"
    result = asyncbench.load(REFERENCE)
    path.write_text(html.report(result, result), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def wide(browser, page):
    """What a wide screen in light shows of the report of the reference run."""
    browser.open(page, 1280)
    browser.draw_everything()
    return _seen(browser) | {
        "times": browser.run(
            "return [performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd,"
            "performance.getEntriesByName('first-contentful-paint')[0].startTime]"
        ),
    }


@pytest.fixture(scope="module")
def narrow(browser, page):
    """What a phone in the dark shows of it."""
    browser.open(page, 400, scheme="dark")
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
        "label": browser.run(
            """
            return [...document.querySelectorAll("g[tabindex]")].map((mark) => {
              mark.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
              return document.querySelector(".told").innerHTML;
            }).join();
            """
        ),
    }


def _seen(browser):
    return {
        "requests": [each for each in browser.requests() if not each.startswith("data:")],
        "complaints": browser.complaints(),
        "texts": browser.run(TEXTS),
        "width": browser.run("return document.documentElement.scrollWidth"),
        "clipped": browser.run(CLIPPED),
    }


def test_it_asks_for_nothing_and_complains_of_nothing(wide, page):
    assert wide["requests"] == [page.as_uri()]
    assert wide["complaints"] == []


def test_the_first_charts_are_drawn_soon(wide, record_property):
    read, painted = (each / 1000 for each in wide["times"])
    record_property("first_paint_s", painted)
    print(f"after the page was asked for: read {read:.2f} s, charts painted {painted:.2f} s")
    # The figure to reach is 0.2 s; this only tells a page that hangs from one that does not.
    assert painted < 5


def test_every_mark_is_reached_by_the_keyboard_and_told(browser, page):
    browser.open(page)
    marks = browser.run("return document.querySelectorAll('g[tabindex]').length")
    assert marks == 3 * 5 + 3 + 3 * 5 + 3 * 4 * 5 + 3 * 5
    told = []
    for _ in range(8 + 3 * 5 + 3 + 3 * 5):  # links come first
        browser.driver.switch_to.active_element.send_keys("\ue004")  # Tab
        told.append(
            browser.run(
                "const label = document.querySelector('.told');"
                "return document.activeElement.matches('g') && !label.hidden && label.textContent"
            )
        )
    told = [each for each in told if each]
    assert len(told) == 3 * 5 + 3 + 3 * 5
    best, _ = _uvloop_and_threads()
    assert told[0] == f"uvloop: {units.spread(best.figures.time)}; the ideal: 3.00 ms"
    browser.driver.switch_to.active_element.send_keys("\ue00c")  # Escape
    assert browser.run("return document.querySelector('.told').hidden")


def test_keys_go_from_sample_to_sample(browser, page):
    browser.open(page)
    browser.draw_everything()
    browser.run("document.querySelector('.samples g[tabindex]').focus()")
    told = []
    for key in ("\ue014", "\ue014", "\ue012"):  # right, right, left
        browser.driver.switch_to.active_element.send_keys(key)
        told.append(browser.run("return document.querySelector('.told').textContent"))
    assert all(re.fullmatch(r"[\d.]+ ms: round \d+, block \d+", each) for each in told)
    assert told[0] == told[2]
    name = browser.run("return document.activeElement.getAttribute('aria-label')")
    assert name == told[2]


def test_a_label_is_inside_the_screen(browser, page):
    browser.open(page, 400)
    boxes = browser.run(
        """
        return [...document.querySelectorAll("g[tabindex]")].filter(
          (mark) => mark.getClientRects().length && !mark.closest("details")).map((mark) => {
          mark.focus();
          const box = document.querySelector(".told").getBoundingClientRect();
          return [box.left, innerWidth - box.right, box.top, innerHeight - box.bottom];
        });
        """
    )
    assert len(boxes) > 90
    assert min(map(min, boxes)) >= 0


def test_without_a_script_everything_is_there(browser, page):
    browser.tell("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(page)
        for summary in browser.driver.find_elements("tag name", "summary"):
            summary.click()
        text = browser.driver.find_element("css selector", "main").text
    finally:
        browser.tell("Emulation.setScriptExecutionDisabled", value=False)
    best, threads = _uvloop_and_threads()
    switches = f"{threads.figures.voluntary:.0f}+{threads.figures.involuntary:.0f}"
    ratio = units.times(best.ratio).partition(" (")[0]
    for told in (units.seconds(best.figures.time.estimate), ratio, switches,
                 "Every cell, a row each", "an e-process"):  # fmt: skip
        assert told in text


def _uvloop_and_threads():
    rows = {row.name: row for row in asyncbench.load(REFERENCE).judgements[0].rows}
    return rows["uvloop"], rows["threads"]


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
    browser.draw_everything()
    button = _button(browser, "median_s")
    for way, state in ((1, "ascending"), (-1, "descending")):
        browser.run("arguments[0].click()", button)
        values = list(map(float, _column(browser, "median_s")))
        assert len(values) == 15
        assert values == sorted(values)[::way]
        assert _state(browser) == [["median_s", state]]


def test_keys_sort_too(browser, page):
    browser.open(page)
    browser.draw_everything()
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


@pytest.mark.parametrize(("view", "width"), [("wide", 1280), ("narrow", 400), ("hurt", 390)])
def test_a_page_never_scrolls_sideways(request, view, width):
    seen = request.getfixturevalue(view)
    assert seen["width"] <= width
    assert seen["clipped"] == []


@pytest.mark.parametrize("width", [400, 800, 1280])
@pytest.mark.parametrize("name", ["page", "bad", "both"])
def test_no_text_is_cut_off(request, browser, name, width):
    browser.open(request.getfixturevalue(name), width)
    browser.draw_everything()
    assert browser.run("return document.documentElement.scrollWidth") <= width
    assert browser.run(CLIPPED) == []


def test_tables_of_works_are_seen_whole_on_a_wide_screen(browser, page):
    browser.open(page)
    fits = browser.run(
        "return [...document.querySelectorAll('section > .scroll')]"
        ".map((each) => each.scrollWidth <= each.clientWidth)"
    )
    assert fits == [True] * 3


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


def test_a_name_in_a_hover_label_stays_text(hurt):
    assert "&lt;img src=x" in hurt["label"]
    assert "\\x1b[31mred" in hurt["label"]
    assert "<" not in hurt["label"]


def test_charts_follow_the_scheme_when_it_changes(browser, page):
    browser.open(page)
    fill = "getComputedStyle(document.querySelector('.axis text')).fill"
    assert browser.run(f"return {fill}") == "rgb(24, 32, 43)"
    browser.tell(
        "Emulation.setEmulatedMedia",
        features=[{"name": "prefers-color-scheme", "value": "dark"}],
    )
    browser.wait_for(f"return {fill} === 'rgb(231, 235, 241)'")


@pytest.mark.parametrize(("width", "height"), [(8.27, 11.69), (8.5, 11)])  # A4, Letter
def test_on_paper_it_takes_three_pages_and_is_dark_on_light(browser, page, width, height):
    browser.open(page, scheme="dark")
    browser.tell("Emulation.setEmulatedMedia", media="print")
    fills = (
        "return [...document.querySelectorAll('.axis text')].map((e) => getComputedStyle(e).fill)"
    )
    assert set(browser.run(fills)) == {"rgb(0, 0, 0)"}
    ground = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    shown = "return [...document.querySelectorAll('details, nav')].filter((e) => e.offsetParent)"
    assert browser.run(shown) == []
    paper = browser.tell("Page.printToPDF", paperWidth=width, paperHeight=height)
    assert len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(paper["data"]))) <= 3


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

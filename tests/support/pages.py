"""What tests know of pages: how to take one apart, runs that say bad things, contrast by WCAG 2."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

from msgspec import structs

from asyncbench.record.run import Run
from tests.support.fakes import measured, plan, steady

HOSTILE = (
    "<script>window.hurt=1</script>",
    "</script><img src=x onerror=window.hurt=2>",
    "\"'><svg onload=alert(1)>",
    '<b>bold</b><a href="https://example.org/">link</a>&lt;i&gt;',
    "\x1b[31mred\x1b[0m {{ 7 * 7 }} %{x} $x^2$",
)
VOID = {"meta", "link", "br", "img"}
# Texts have this contrast at the least: WCAG 2.2, success criterion 1.4.3.
CONTRAST = 4.5


class Page(HTMLParser):
    """A report taken apart: its elements with their attributes and the text right in them."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.open = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), []))
        if tag not in VOID:
            self.open.append(self.elements[-1])

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        for element in self.open[-1:]:
            element[2].append(data)

    def all(self, tag):
        return [(attrs, "".join(texts)) for name, attrs, texts in self.elements if name == tag]

    def figures(self):
        return {
            attrs["data-figure"]: json.loads(text)
            for attrs, text in self.all("script")
            if "data-figure" in attrs
        }


def a_run() -> Run:
    """Give a run whose every number is known."""
    launcher = steady(sequential=0.04, threads=0.03, processes=0.02, asyncio=0.01)
    return measured(plan(*launcher.times), launcher)


def hostile() -> Run:
    """Give a run in which every name and text is mark-up, an escape or a template."""
    run = a_run()
    work = run.plan.works[0]
    run.plan.works[0] = replace(
        work, workload=HOSTILE[0], params={HOSTILE[1]: HOSTILE[2], "b": HOSTILE[3]}
    )
    run.plan.cells[:] = [
        replace(cell, executor=text) for cell, text in zip(run.plan.cells, HOSTILE[1:], strict=True)
    ]
    run.plan = replace(run.plan, baseline=HOSTILE[1])
    run.lives[:] = [structs.replace(life, facts={HOSTILE[0]: HOSTILE[1]}) for life in run.lives]
    run.environment[HOSTILE[0]] = HOSTILE[1]
    run.environment["cpu_model"] = HOSTILE[3]
    run.warnings.append(HOSTILE[1])
    run.name = HOSTILE[0]
    run.started = HOSTILE[1]
    return run


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Give the contrast of two colours (red, green, blue from 0 to 255): WCAG 2.2, definitions."""
    lighter, darker = sorted(map(_luminance, (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: tuple[float, ...]) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (each / 255 for each in colour[:3])
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

"""Rows of a table for those that run no tasks: the server of a work, and who hands work out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asyncbench import units
from asyncbench.analysis.judgement import Judgement, Row


def rows(judgement: Judgement, shown: Sequence[Row]) -> Iterator[dict[str, str]]:
    """Give the texts of each such row, by the name of the column."""
    if judgement.target:
        yield _server(judgement)
    for row in shown:
        if row.figures and row.figures.engine_cpu_s is not None:
            yield _engine(row)


def _server(judgement: Judgement) -> dict[str, str]:
    """Return how busy the server that the work talks to was, and its memory."""
    figures = [row.figures for row in judgement.rows if row.figures]
    shares = [each.target_share for each in figures if each.target_share is not None]
    return {
        "executor": f"({judgement.other_side})",
        "rss": units.size(judgement.served.peak_rss_bytes) if judgement.served else "",
        "verdict": f"busy {min(shares):.0%}-{max(shares):.0%}" if shares else "",
    }


def _engine(row: Row) -> dict[str, str]:
    """Return what scheduler and client of a row used, which is a part of what the row has."""
    its = row.figures
    assert its
    assert its.engine_cpu_s is not None
    memory = its.engine_rss_bytes
    return {
        "executor": f"(engine of {row.cell.executor})",
        "variant": row.cell.variant,
        "cpu": units.seconds(its.engine_cpu_s),
        "rss": units.size(memory) if memory else "",
        "verdict": f"busy {its.engine_cpu_s / its.time.estimate:.0%}",
    }

"""Writes what a session measured as pytest-benchmark does, a benchmark a cell of each test."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from asyncbench.errors import EmptyRunError
from asyncbench.record import files
from asyncbench.report.export import pytest_benchmark
from asyncbench.runner import environment
from asyncbench.testing.in_process import InProcess
from asyncbench.testing.results import Measured


def write(measured: Sequence[Measured], path: Path) -> None:
    """Write the file; raises pytest's UsageError where that cannot be done."""
    found = [benchmark for each in measured for benchmark in _benchmarks(each)]
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    text = pytest_benchmark.document(environment.describe(gc=True), started, "", found)
    try:
        if files.is_special(path):
            path.write_text(text, encoding="utf-8")
        else:
            files.replace(path.resolve(), [text.encode()])
    except OSError as error:
        raise pytest.UsageError(
            f"--asyncbench-json: cannot write {path}: {error.strerror}"
        ) from error


def _benchmarks(measured: Measured) -> Iterator[dict[str, Any]]:
    result = measured.result
    test = measured.test.rpartition("::")[2]
    if isinstance(result, InProcess):
        for name in result.names:
            yield {
                "group": measured.group or None,
                "name": f"{test} {name}",
                "fullname": f"{measured.test} {name}",
                "params": None,
                "param": None,
                "extra_info": {"in_process": True, "loop": result.loop},
                "options": {"warmup": True},
                "stats": pytest_benchmark.stats(result.seconds(name), result.calls[name]),
            }
        return
    try:
        found = pytest_benchmark.benchmarks(result)
    except EmptyRunError:
        return  # its test failed, and says why
    for each in found:
        names = {"name": f"{test} {each['name']}", "fullname": f"{measured.test} {each['name']}"}
        yield {**each, **names, "group": measured.group or each["group"]}

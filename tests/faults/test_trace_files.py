"""Damaged trace files, and exports given back: refused in a line, and never a traceback."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncbench.analysis.result import Result
from asyncbench.analysis.trace.summary import summarise
from asyncbench.errors import AsyncbenchError
from asyncbench.record import journal
from asyncbench.record.trace import TraceStatus
from asyncbench.report.export import speedscope, trace_events
from asyncbench.report.formats import FORMATS
from asyncbench.report.terminal import trace as shown
from tests.faults import mutations
from tests.support.fakes import FakeLauncher, measured, plan
from tests.support.traced import traced


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    """Give real traces, and the bytes of their files without the room for more."""
    found = traced(
        tmp_path_factory.mktemp("traces"), "mixed", tasks=6, concurrency=3,
        executors=["asyncio", "threads", "processes"],
    )  # fmt: skip
    whole = {}
    for trace in found:
        for path in sorted(trace.folder.iterdir()):
            with path.open("rb") as file:
                text = file.read(200_000)  # of a gigabyte of room
            if path.suffix == ".events":
                text = text.rstrip(b"\0")
                text += bytes(-len(text) % 40 + 80)
            whole[path] = text
    return found, whole


def all_of(trace):
    summaries = summarise([trace], 2)
    shown.text([trace], summaries, 100, tables=True)
    for export in (trace_events, speedscope):
        "".join(export.texts(summaries))
    return summaries


@mutations.tried(100)
@given(cell=st.integers(0, 2), file=st.integers(0, 20), damage=mutations.TO_NUMBERS)
def test_a_damaged_trace_has_failed_or_is_shown(traces, cell, file, damage):
    found, whole = traces
    trace = found[cell]
    began = trace.began_ns
    files = {path: text for path, text in whole.items() if path.parent == trace.folder and text}
    path = [*files][file % len(files)]
    for each, text in files.items():
        each.write_bytes(mutations.mutated(text, damage) if each == path else text)
    try:
        summaries = all_of(trace)
        assert bool(summaries) != (trace.status is TraceStatus.FAILED)
        assert bool(summaries) or len(trace.why.splitlines()) == 1
    finally:
        trace.status, trace.why, trace.began_ns = TraceStatus.COMPLETE, "", began
        for each, text in files.items():
            each.write_bytes(text)


def test_an_undamaged_trace_is_shown(traces):
    assert all(all_of(trace) for trace in traces[0])


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """Give what is written of a run in each format."""
    launcher = FakeLauncher({"sequential": lambda *_: 0.3, "asyncio": lambda *_: 0.2})
    run = Result(measured(plan("sequential", "asyncio"), launcher))
    made = {}
    for name, each in FORMATS.items():
        text = each.make(run)
        made[name] = text if isinstance(text, bytes) else text.encode()
    return tmp_path_factory.mktemp("exports") / "given-back.jsonl", made


@mutations.tried(100)
@given(which=st.integers(0, 20), damage=st.one_of(st.just([]), mutations.TO_TEXT))
def test_an_export_is_no_journal_however_damaged(exports, which, damage):
    path, made = exports
    path.write_bytes(mutations.mutated([*made.values()][which % len(made)], damage))
    with pytest.raises(AsyncbenchError) as told:
        journal.read(path)
    assert len(str(told.value).splitlines()) == 1

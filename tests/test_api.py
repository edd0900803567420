"""What Python callers use: silent, typed by name, and the same as on the command line."""

import asyncbench


def test_a_run_is_measured_judged_and_silent(capfd):
    result = asyncbench.run("sleep", executors=["sequential", "asyncio"], tasks=4, budget_s=1.0)
    assert capfd.readouterr() == ("", "")
    assert [row.cell.executor for row in result.judgements[0].rows] == ["sequential", "asyncio"]
    assert result.run.status == "complete"


def test_a_saved_run_is_loaded_and_compared(tmp_path):
    first, other = (
        asyncbench.run("sleep", executors=["asyncio"], tasks=4, budget_s=0.5, save=tmp_path)
        for _ in range(2)
    )
    again = asyncbench.load(other.run.path)
    assert again.run.samples == other.run.samples
    assert len(asyncbench.compare(first, again).rows) == 1


def test_a_trace_is_seen_work_by_work_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    told = []
    [traced] = asyncbench.trace("sleep", executors=["asyncio", "threads"], tasks=3,
                                progress=lambda work, executor: told.append(executor))  # fmt: skip
    assert told == ["asyncio", "threads"]
    assert [each.trace.cell.executor for each in traced.summaries] == told
    assert not list(tmp_path.iterdir())

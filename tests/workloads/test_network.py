"""Network workloads do the same work under every executor, against servers of their own."""

import contextlib
import os
import socket
import sys
import threading
import time
from pathlib import Path
from queue import Queue

import pytest
from asyncbench.workloads.network import HttpGet, TcpEcho, UdpEcho

import asyncbench
from asyncbench import Proof
from asyncbench.core import catalogue
from asyncbench.executors import registry
from asyncbench.runner.planning.options import DEFAULT_EXECUTORS
from asyncbench.targets import protocol_server as serving
from asyncbench.targets.echo import Echo, EchoConnection
from asyncbench.targets.http import Http, HttpConnection, content
from tests.support.executors import usable

APIS = ["sockets", "streams", "protocol"]
CLIENTS = ["usual", "pyreqwest"]
CASES = [*(("TcpEcho", {"api": api}) for api in APIS)] + [
    ("HttpGet", {"client": client}) for client in CLIENTS
]
in_every_way = pytest.mark.parametrize(("kind", "params"), CASES, ids=lambda part: str(part))


class CountingEcho(Echo):
    """Counts the bytes that it echoes, and notes whether Nagle's algorithm is off."""

    def __init__(self, delay=0.0):
        super().__init__(delay)
        self.seen = 0
        self.nodelay = []

    def connection(self, loop):
        return _CountingEchoConnection(self, loop, self.delay)


class _CountingEchoConnection(EchoConnection):
    def __init__(self, server, loop, delay):
        super().__init__(loop, delay)
        self.server = server

    def connection_made(self, transport):
        super().connection_made(transport)
        self.server.nodelay.append(nodelay(transport.get_extra_info("socket")))

    def data_received(self, data):
        self.server.seen += len(data)
        super().data_received(data)


class CountingHttp(Http):
    """Counts the pages that it serves, and notes whether Nagle's algorithm is off."""

    def __init__(self, *args):
        super().__init__(*args)
        self.seen = 0
        self.nodelay = []

    def connection(self, loop):
        return _CountingHttpConnection(self, loop, self.delay, self._page)


class _CountingHttpConnection(HttpConnection):
    def __init__(self, server, *args):
        super().__init__(*args)
        self.server = server

    def connection_made(self, transport):
        super().connection_made(transport)
        self.server.nodelay.append(nodelay(transport.get_extra_info("socket")))

    def on_message_complete(self):
        self.server.seen += self._parser.get_method() == b"GET"
        super().on_message_complete()


class Answers(threading.Thread):
    """A server that reads once from each connection, answers what it is given, and hangs up."""

    def __init__(self, answer):
        super().__init__(daemon=True)
        self.answer = answer
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                with connection:
                    connection.recv(1 << 16)
                    connection.sendall(self.answer)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *problem):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.join()


@contextlib.contextmanager
def serving_in_a_thread(server):
    addresses = Queue()
    thread = threading.Thread(target=server.serve, args=(addresses.put,), daemon=True)
    thread.start()
    try:
        yield addresses.get(timeout=10)
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


@contextlib.contextmanager
def running(executor, workload, address, lanes):
    workload.address = address
    made = registry.find(executor)[1]()
    made.processes = 2
    made.start(workload, lanes)
    try:
        yield made
    finally:
        made.stop()


def nodelay(connection):
    return bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


def made(kind, **params):
    return {"TcpEcho": TcpEcho, "HttpGet": HttpGet}[kind](**params)


def counting(workload):
    if isinstance(workload, TcpEcho):
        return CountingEcho(workload.delay)
    return CountingHttp(workload.delay, workload.size, workload.status)


@in_every_way
def test_all_executors_do_the_same_work(kind, params):
    run = asyncbench.run(
        f"asyncbench.workloads.network:{kind}",
        params={**params, "delay": "0"},
        tasks=12,
        concurrency=4,
        budget=1.0,
    ).run
    found = {sample.cell: (sample.count, sample.checksum) for sample in run.samples}
    assert set(found.values()) == {(12, sum(range(12)) + 12 * 1024)}
    assert not run.failures
    assert len(found) >= len(DEFAULT_EXECUTORS)


@in_every_way
@pytest.mark.parametrize("executor", ["sequential", "threads", "asyncio", "uvloop"])
def test_ten_batches_prove_and_ask_for_the_same(executor, kind, params):
    workload = made(kind, **params, delay=0.0)
    server = counting(workload)
    operation = 1024 if kind == "TcpEcho" else 1
    with (
        serving_in_a_thread(server) as address,
        running(executor, workload, address, 3) as it,
    ):
        for _ in range(10):
            before = server.seen
            assert it.run(7) == Proof(7, sum(range(7)) + 7 * 1024)
            assert server.seen - before == 7 * operation
        assert len(server.nodelay) == it.lanes


@in_every_way
def test_a_lane_is_one_connection_with_nagle_off_at_both_ends(kind, params):
    workload = made(kind, **params, delay=0.0)
    server = counting(workload)
    for executor in ("threads", "asyncio", "uvloop"):
        server.nodelay.clear()
        with (
            serving_in_a_thread(server) as address,
            running(executor, workload, address, 5) as it,
        ):
            it.run(20)
            assert server.nodelay == [True] * 5
            if sys.platform == "linux":
                assert list(connections_to(address)) == [True] * 5


def connections_to(address):
    """Tell of each socket of this process that is connected to an address whether Nagle is off."""
    for fd in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names, not paths
        try:
            borrowed = socket.socket(fileno=int(fd))
        except OSError:
            continue
        try:
            if borrowed.getpeername() == tuple(address):
                yield nodelay(borrowed)
        except OSError:
            pass
        finally:
            borrowed.detach()


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(("payload", "round_trips"), [(1, 3), (1 << 20, 2), (70_001, 1)])
def test_payloads_of_one_byte_and_of_a_million_come_back_whole(api, payload, round_trips):
    workload = TcpEcho(payload=payload, delay=0.0, round_trips=round_trips, api=api)
    for executor in ("sequential", "asyncio", "uvloop"):
        with (
            serving_in_a_thread(Echo(0.0)) as address,
            running(executor, workload, address, 2) as it,
        ):
            assert it.run(4) == Proof(4, sum(range(4)) + 4 * payload * round_trips)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("size", [0, 1, 1 << 20])
def test_pages_of_every_size_come_whole(client, size):
    workload = HttpGet(size=size, delay=0.0, client=client)
    for executor in ("sequential", "asyncio", "uvloop"):
        with (
            serving_in_a_thread(Http(0.0, size)) as address,
            running(executor, workload, address, 2) as it,
        ):
            assert it.run(4) == Proof(4, sum(range(4)) + 4 * size)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("executor", ["sequential", "threads", "processes", "asyncio", "uvloop"])
def test_an_answer_of_500_fails_the_cell_with_that_reason(executor, client):
    run = asyncbench.run(
        "http-get",
        params={"status": "500", "client": client},
        executors=[executor],
        tasks=4,
        concurrency=2,
        budget=1.0,
    ).run
    assert [failure.reason for failure in run.failures] == ["RuntimeError: the server answered 500"]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_redirect_is_not_followed_and_another_page_is_told(client):
    for executor in ("sequential", "asyncio"):
        workload = HttpGet(delay=0.0, client=client)
        for server, message in (
            (Http(0.0, 1024, 302), "the server answered 302"),
            (Http(0.0, 1023), "the server sent something else than it was told to"),
        ):
            with (
                serving_in_a_thread(server) as address,
                running(executor, workload, address, 1) as it,
            ):
                with pytest.raises((RuntimeError, ExceptionGroup)) as told:
                    it.run(1)
                assert text_of(told.value) == message


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "the echo server closed the connection"),
        (b"x", "the echo server closed the connection"),
        (b"x" * 8, "the echo server sent back something else"),
    ],
)
def test_a_server_that_does_not_echo_is_told(api, answer, message):
    for executor in ("sequential", "asyncio", "uvloop"):
        with (
            Answers(answer) as server,
            running(executor, TcpEcho(payload=8, api=api), server.address, 1) as it,
        ):
            with pytest.raises((ConnectionError, ExceptionGroup)) as told:
                it.run(1)
            assert text_of(told.value) == message
            # It stays closed, which the next task is told too and does not hang on.
            with pytest.raises((OSError, ExceptionGroup)):
                it.run(1)


def text_of(error):
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error)


@pytest.mark.parametrize("delay", [0.0004, 0.0012, 0.003])
@pytest.mark.parametrize("without_uvloop", [False, True])
def test_servers_never_answer_early(monkeypatch, delay, without_uvloop):
    if without_uvloop:
        monkeypatch.setattr(serving, "has", lambda package: False)
    echo, page = TcpEcho(payload=1, delay=delay), HttpGet(size=1, delay=delay)
    for workload in (echo, page):
        with (
            serving_in_a_thread(workload.target()) as address,
            running("sequential", workload, address, 1) as it,
        ):
            for _ in range(40):
                began = time.perf_counter()
                it.run(1)
                assert time.perf_counter() - began >= delay


def test_without_uvloop_asyncio_serves_and_says_so(monkeypatch):
    assert Echo().describe()["server"] == "Protocol on uvloop"
    monkeypatch.setattr(serving, "has", lambda package: False)
    assert Echo().describe()["server"] == "Protocol on asyncio, since uvloop is missing"
    assert Http().describe()["server"] == (
        "Protocol on asyncio, since uvloop is missing, requests parsed by httptools"
    )
    with (
        serving_in_a_thread(Http(0.0, 5)) as address,
        running("asyncio", HttpGet(size=5), address, 2) as it,
    ):
        assert it.run(6) == Proof(6, sum(range(6)) + 6 * 5)


@pytest.mark.parametrize("delay", [0.0, 0.002])
@pytest.mark.parametrize(
    ("request_bytes", "head", "closes"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 200 OK", False),
        (b"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n" * 3, b"HTTP/1.1 200 OK", False),
        (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", b"HTTP/1.1 200 OK", True),
        (b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1.1 200 OK", True),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 204 No Content", False),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi", b"HTTP/1.1 405 Method", False),
        (b"no\r\n\r\n", b"HTTP/1.1 400 Bad Request", True),
    ],
)
def test_the_http_server_speaks_http(request_bytes, head, closes, delay):
    with (
        serving_in_a_thread(Http(delay, 10)) as (host, port),
        socket.create_connection((host, port), 5) as connection,
    ):
        for byte in range(0, len(request_bytes), 7):
            connection.sendall(request_bytes[byte : byte + 7])
        answer = b""
        asked = request_bytes.count(b"GET") or 1
        while answer.count(b"HTTP/1.1") < asked or not whole(answer):
            more = connection.recv(4096)
            assert more, f"it hung up after {answer!r}"
            answer += more
        assert answer.startswith(head)
        assert answer.count(content(10)) == request_bytes.count(b"GET")
        if closes:
            assert b"\r\nConnection: close\r\n" in answer
            assert connection.recv(1) == b""
        else:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 OK")


def whole(answer):
    last = answer[answer.rindex(b"HTTP/1.1") :]
    return b"\r\n\r\n" in last and (not last.startswith(b"HTTP/1.1 200") or content(10) in last)


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        ("TcpEcho", {"api": "carrier"}, "api is one of sockets, streams, protocol, not 'carrier'"),
        ("TcpEcho", {"payload": 0}, "payload is at least 1, not 0"),
        ("TcpEcho", {"round_trips": 0}, "round_trips is at least 1, not 0"),
        ("TcpEcho", {"delay": -1.0}, "delay is at least 0, not -1.0"),
        ("HttpGet", {"client": "curl"}, "client is one of usual, pyreqwest, not 'curl'"),
        ("HttpGet", {"delay": float("inf")}, "delay is at least 0, not inf"),
        ("HttpGet", {"size": -1}, "size is at least 0, not -1"),
        ("HttpGet", {"status": 204}, "status is one from 200 to 599 whose answers have a body"),
        ("HttpGet", {"status": 99}, "status is one from 200 to 599 whose answers have a body"),
    ],
)
def test_parameters_that_make_no_sense_are_told(kind, params, message):
    with pytest.raises(ValueError, match=message):
        made(kind, **params)


def test_a_client_that_is_missing_is_named_with_its_remedy(monkeypatch):
    missing = {"aiohttp", "pyreqwest"}
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in missing else find(name)
    )
    remedy = "is not installed; install it with: pip install 'asyncbench[http]'"
    assert HttpGet().unavailable() == f"aiohttp {remedy}"
    assert HttpGet(client="pyreqwest").unavailable() == f"pyreqwest {remedy}"
    missing.clear()
    assert HttpGet().unavailable() is None


def test_the_workloads_import_no_client_before_a_lane_opens():
    import subprocess

    told = subprocess.run(
        [sys.executable, "-c", "import sys, asyncbench.workloads.network as it\n"
         "it.HttpGet().target(); it.TcpEcho().target()\n"
         "print(sorted({'aiohttp', 'urllib3', 'pyreqwest', 'httptools', 'uvloop'} & "
         "set(sys.modules)))"],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert told.stdout == "[]\n"


def test_the_built_in_names_are_these():
    found = catalogue.built_in()
    assert found["tcp-echo"] is TcpEcho
    assert found["http-get"] is HttpGet


@pytest.mark.skipif(not usable(["trio"]), reason="without trio")
@pytest.mark.parametrize("kind", [TcpEcho, UdpEcho])
def test_the_portable_form_does_the_same_work_over_connections_of_its_own(kind):
    workload = kind(delay=0.0, payload=3000, round_trips=2)
    server = Echo(0.0) if kind is TcpEcho else workload.target()
    with serving_in_a_thread(server) as address, running("trio", workload, address, 3) as it:
        for _ in range(2):
            assert it.run(7) == Proof(7, sum(range(7)) + 7 * 6000)


def test_a_workload_that_no_loop_but_asyncios_runs_says_why():
    assert HttpGet().lacks("portable").endswith("run it under asyncio or uvloop")
    assert HttpGet().lacks("cooperative") is None

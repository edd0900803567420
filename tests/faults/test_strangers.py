"""Who comes in uninvited: clients that send garbage, drip, flood or hold a thousand connections."""

import contextlib
import os
import socket
import threading
import time

import psutil
import pytest

from tests.faults.census import Command


def garbage(port):
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(os.urandom(4096))
        line.recv(1)


def drip(port):
    with socket.create_connection(("127.0.0.1", port)) as line:
        for _ in range(10):
            line.send(b"G")
            time.sleep(0.05)


def flood(port):
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.settimeout(0.5)
        with contextlib.suppress(OSError):
            for _ in range(200):
                line.sendall(b"x" * 65536)


def hold(port):
    held = []
    with contextlib.suppress(OSError):
        for _ in range(1000):
            held.append(socket.create_connection(("127.0.0.1", port), 1))  # noqa: PERF401
    time.sleep(1)
    for line in held:
        line.close()


@pytest.mark.parametrize("workload", ["tcp-echo", "http-get"])
@pytest.mark.parametrize("client", [garbage, drip, flood, hold], ids=lambda each: each.__name__)
def test_a_stray_client_takes_no_run_down(workload, client, tmp_path):
    run = Command(tmp_path, "run", workload, "-e", "threads,asyncio", "--budget", "3", "-q")
    assert run.wait_for("worker")
    ports = set()
    for process in run.living():
        with contextlib.suppress(psutil.Error):
            for each in process.net_connections():
                if each.status == psutil.CONN_LISTEN:
                    assert each.laddr.ip == "127.0.0.1"
                    ports.add(each.laddr.port)
    assert len(ports) == 1

    def visit():
        with contextlib.suppress(OSError):
            client(next(iter(ports)))

    visitors = [threading.Thread(target=visit) for _ in range(1 if client is hold else 4)]
    for each in visitors:
        each.start()
    for each in visitors:
        each.join()
    assert run.ended(30) == 0
    assert run.left() == []
    run.texts()

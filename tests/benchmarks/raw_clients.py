"""Clients without a framework, to hold workloads and targets against: sockets and one epoll."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def epoll_round_trips(
    address: tuple[str, int], payload: int, lanes: int, round_trips: int
) -> float:
    """Send `payload` bytes and read them back, `round_trips` times over `lanes` connections.

    Each reply is compared with what was sent, as the workload `tcp-echo` does. Gives the seconds
    from the first message to the last reply; connecting and a first round trip on each connection
    come before.
    """
    message = bytes(number & 0xFF for number in range(payload))
    reply = bytearray(payload + 1)
    with _connected(address, lanes) as (poll, connections):
        for connection in connections.values():
            connection.sendall(message)
            connection.recv_into(reply, payload, socket.MSG_WAITALL)
            connection.setblocking(False)
        calls = {fd: (each.recv, each.recv_into, each.send) for fd, each in connections.items()}
        left = round_trips
        unsent = round_trips - lanes
        began = time.perf_counter()
        for connection in connections.values():
            connection.sendall(message)
        while left:
            for fd, _ in poll.poll():
                recv, recv_into, send = calls[fd]
                got = recv_into(reply)
                while got < payload:
                    # A part of a reply: rare, so it may wait for the rest.
                    select.select([fd], [], [])
                    rest = recv(payload - got)
                    reply[got : got + len(rest)] = rest
                    got += len(rest)
                if not reply.startswith(message):
                    raise ConnectionError("the echo server sent back something else")
                left -= 1
                if unsent > 0:
                    unsent -= 1
                    if send(message) != payload:
                        raise ValueError(f"{payload} bytes are too many for one send")
        return time.perf_counter() - began


def epoll_requests(address: tuple[str, int], lanes: int, depth: int, requests: int) -> float:
    """GET a page at least `requests` times over `lanes` connections, `depth` in flight on each.

    Counts the bytes that come back, having read the length of one response first. Gives seconds a
    request.
    """
    with _connected(address, lanes) as (poll, connections):
        length = 0
        for connection in connections.values():
            connection.sendall(REQUEST)
            length = _response_length(connection)
            connection.setblocking(False)
        volley, answers = REQUEST * depth, length * depth
        room = bytearray(max(answers, 1 << 16))
        missing = dict.fromkeys(connections, answers)
        volleys = -(-requests // depth)
        left, unsent = volleys, volleys - lanes
        began = time.perf_counter()
        for connection in connections.values():
            connection.sendall(volley)
        while left > 0:
            for fd, _ in poll.poll():
                connection = connections[fd]
                missing[fd] -= connection.recv_into(room)
                if not missing[fd]:
                    left -= 1
                    if unsent > 0:
                        unsent -= 1
                        missing[fd] = answers
                        connection.sendall(volley)
        return (time.perf_counter() - began) / (volleys * depth)


@contextmanager
def _connected(
    address: tuple[str, int], lanes: int
) -> Iterator[tuple[select.epoll, dict[int, socket.socket]]]:
    connections = {}
    poll = select.epoll()
    try:
        for _ in range(lanes):
            connection = socket.create_connection(address)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connections[connection.fileno()] = connection
            poll.register(connection, select.EPOLLIN)
        yield poll, connections
    finally:
        poll.close()
        for connection in connections.values():
            connection.close()


def _response_length(connection: socket.socket) -> int:
    """Read one response and give its length with head and body."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(1 << 16)
    head, _, body = got.partition(b"\r\n\r\n")
    [length] = [
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    while len(body) < length:
        body += connection.recv(1 << 16)
    return len(head) + 4 + length

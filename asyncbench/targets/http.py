"""An HTTP/1.1 server that answers every GET with the same page; httptools parses the requests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

from asyncbench.targets.protocol_server import ProtocolServer, ServedConnection


@dataclass
class Http(ProtocolServer):
    """Answer GET on loopback with `size` bytes and `status`, after `delay` seconds of service.

    Connections are kept alive unless the client asks otherwise. OPTIONS is answered at once and
    without a body: with it a client can connect before the clock starts. A client that sends a
    request before the last one is answered must not mix methods, or answers can be out of order.
    """

    delay: float = 0.0
    size: int = 1024
    status: int = HTTPStatus.OK
    name = "http"

    def __post_init__(self) -> None:
        self._page = response(self.status, content(self.size))

    def connection(self, loop: asyncio.AbstractEventLoop) -> ServedConnection:
        """Make a connection that answers requests."""
        return HttpConnection(loop, self.delay, self._page)

    def describe(self) -> dict[str, str]:
        """State which loop serves, and what parses."""
        facts = super().describe()
        return facts | {"server": f"{facts['server']}, requests parsed by httptools"}


class HttpConnection(ServedConnection):
    """Sends `page` for each GET, after `delay` seconds."""

    def __init__(self, loop: asyncio.AbstractEventLoop, delay: float, page: bytes) -> None:
        import httptools

        super().__init__(loop, delay)
        self._page = page
        self._parser = httptools.HttpRequestParser(self)
        self._unreadable = (httptools.HttpParserError, httptools.HttpParserUpgrade)

    def data_received(self, data: bytes) -> None:
        """Have the parser read on; it calls `on_message_complete` for each whole request."""
        try:
            self._parser.feed_data(data)
        except self._unreadable:
            # A request to switch protocols has been answered already, as a plain one.
            if not self._parser.should_upgrade():
                self._transport.write(_last(BAD_REQUEST))
            self._transport.close()

    def on_message_complete(self) -> None:
        """Answer a request."""
        method = self._parser.get_method()
        if not self._parser.should_keep_alive():
            self._answer_last(self._page if method == b"GET" else _without_page(method))
        elif method == b"GET":
            self.answer(self._page)
        else:
            self._transport.write(_without_page(method))

    def connection_lost(self, error: Exception | None) -> None:
        """Let go of the parser too."""
        super().connection_lost(error)
        del self._parser

    def _answer_last(self, answer: bytes) -> None:
        self.answer(_last(answer))
        self._loop.call_later(self._wait, self._transport.close)


def content(size: int) -> bytes:
    """Return the `size` bytes that a page consists of."""
    return (bytes(range(255, -1, -1)) * (size // 256 + 1))[:size]


def response(status: int, body: bytes = b"", *headers: str) -> bytes:
    """Write a whole response; `headers` are lines such as `Allow: GET`."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *headers]
    if status != HTTPStatus.NO_CONTENT:
        lines += ["Content-Type: application/octet-stream", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


ALLOWED = "Allow: GET, OPTIONS"
OPTIONS = response(HTTPStatus.NO_CONTENT, b"", ALLOWED)
NOT_ALLOWED = response(HTTPStatus.METHOD_NOT_ALLOWED, b"", ALLOWED)
BAD_REQUEST = response(HTTPStatus.BAD_REQUEST)


def _without_page(method: bytes) -> bytes:
    return OPTIONS if method == b"OPTIONS" else NOT_ALLOWED


def _last(answer: bytes) -> bytes:
    return answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)

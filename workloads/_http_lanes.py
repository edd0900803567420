"""The clients of `http-get`: in both forms, the usual ones and pyreqwest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import aiohttp
    import urllib3
    from pyreqwest.client import Client, SyncClient

Address = tuple[str, int]


class BlockingHttpLane(Protocol):
    """A client of `HttpGet` in the blocking form, connected when made."""

    def __init__(self, url: str) -> None: ...

    def get(self) -> tuple[int, Any]:
        """Return the status and the whole body."""

    def close(self) -> None: ...


class CooperativeHttpLane(Protocol):
    """A client of `HttpGet` in the cooperative form."""

    def __init__(self, url: str) -> None: ...

    async def connect(self) -> None: ...

    async def get(self) -> tuple[int, Any]:
        """Return the status and the whole body."""

    async def close(self) -> None: ...


class Urllib3Lane:
    def __init__(self, url: str) -> None:
        import urllib3

        self._pool = urllib3.connectionpool.connection_from_url(url, maxsize=1, block=True)
        self._request("OPTIONS")

    def get(self) -> tuple[int, bytes]:
        response = self._request("GET")
        return response.status, response.data

    def close(self) -> None:
        self._pool.close()

    def _request(self, method: str) -> urllib3.BaseHTTPResponse:
        return self._pool.request(method, "/", retries=False, redirect=False, decode_content=False)


class AiohttpLane:
    _session: aiohttp.ClientSession

    def __init__(self, url: str) -> None:
        self._url = url

    async def connect(self) -> None:
        import aiohttp

        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=1),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(),
            auto_decompress=False,
            trust_env=False,
        )
        async with self._session.options(self._url) as response:
            await response.read()

    async def get(self) -> tuple[int, bytes]:
        async with self._session.get(self._url, allow_redirects=False) as response:
            return response.status, await response.read()

    async def close(self) -> None:
        await self._session.close()


class PyreqwestLane:
    def __init__(self, url: str) -> None:
        from pyreqwest.client import SyncClientBuilder

        self._url = url
        self._client: SyncClient = _alone(SyncClientBuilder()).build()
        self._client.request("OPTIONS", url).build().send()

    def get(self) -> tuple[int, Any]:
        response = self._client.get(self._url).build().send()
        return response.status, response.bytes()

    def close(self) -> None:
        self._client.close()


class AsyncPyreqwestLane:
    def __init__(self, url: str) -> None:
        from pyreqwest.client import ClientBuilder

        self._url = url
        self._client: Client = _alone(ClientBuilder()).build()

    async def connect(self) -> None:
        await self._client.request("OPTIONS", self._url).build().send()

    async def get(self) -> tuple[int, Any]:
        response = await self._client.get(self._url).build().send()
        return response.status, await response.bytes()

    async def close(self) -> None:
        await self._client.close()


def _alone(builder: Any) -> Any:
    """Have a pyreqwest client keep one connection and do nothing on its own."""
    builder = builder.no_proxy().follow_redirects(False).max_connections(1)
    builder = builder.gzip(False).brotli(False).zstd(False).deflate(False)
    # No TLS is spoken here. Without this every lane's client would read the certificates of the
    # system, 5 ms and 4 MB each, which users with one client for all pay once.
    return builder.danger_accept_invalid_certs(True)


HTTP_LANES: dict[str, tuple[type[BlockingHttpLane], type[CooperativeHttpLane]]] = {
    "usual": (Urllib3Lane, AiohttpLane),
    "pyreqwest": (PyreqwestLane, AsyncPyreqwestLane),
}
HTTP_PACKAGES = {"usual": ("urllib3", "aiohttp"), "pyreqwest": ("pyreqwest",)}


def url(address: Any) -> str:
    host, port = address
    return f"http://{host}:{port}/"

"""The client of the lab's own stories: requests, with its way down to the socket told."""

import socket
from collections.abc import Mapping, Sequence
from functools import partial
from http.client import RemoteDisconnected
from typing import Any

from requests import PreparedRequest, Session
from requests import Request as Wanted
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidHeader, InvalidSchema, InvalidURL, MissingSchema
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import NewConnectionError

from clients.exchange import Answer, Sending
from clients.failures import BY_TYPE, EMPTY, UsageFault
from clients.octets import raw
from clients.request import Request
from clients.wire import Wire

BY_TYPE[:0] = [  # RemoteDisconnected is a ConnectionResetError, which means something else
    ((InvalidSchema, InvalidURL, MissingSchema), "usage", "{}"),
    ((InvalidHeader,), "unsendable", "{}"),
    ((RemoteDisconnected,), "empty_reply", EMPTY),
]


class Requests:
    """A person's connections as requests keeps them."""

    def __init__(self) -> None:
        self.wire = Wire()
        self._adapter = Adapter(self.wire)
        self._session = Session()
        self._session.trust_env = False

    def ready(self, request: Request, cookies: Sequence[bytes] | None) -> Sending:
        headers = {name: raw(value) for name, value in request.headers}
        if len({name.lower() for name in headers}) < len(request.headers) or len(cookies or ()) > 1:
            raise UsageFault('requests sends no header twice; "via": "h11" does')
        if request.body and not request.has("Content-Type"):
            headers["Content-Type"] = request.body.type.encode()
        content = request.body.content if request.body else None
        prepared = self._session.prepare_request(Wanted(request.method, request.url, headers=headers, data=content))
        if cookies is not None:
            prepared.headers.pop("Cookie", None)
            if cookies:
                prepared.headers["Cookie"] = cookies[0]  # type: ignore[assignment]  # bytes are fine, though not declared
        return partial(self._send, prepared)

    def close(self) -> None:
        self._adapter.close()

    def _send(self, prepared: PreparedRequest, answer: Answer) -> None:
        response = self._adapter.send(prepared)
        answer.status = response.status_code
        # http.client reads every byte as Latin-1
        pairs = response.raw.headers.iteritems()
        answer.headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
        answer.version = "1.0" if response.raw.version == 10 else "1.1"
        answer.encoding = response.headers.get("Content-Encoding")
        answer.body = response.content


class Connection(HTTPConnection):
    """A connection of urllib3 that opens a `DeadlineSocket` and writes down what happens to it."""

    def __init__(self, *place: Any, wire: Wire, **options: Any) -> None:
        super().__init__(*place, **options)
        self.wire = wire

    def request(self, method: str, url: str, *rest: Any, **options: Any) -> None:
        if self.sock is not None:
            self.wire.resume(self.sock)
        super().request(method, url, *rest, **options)

    def putheader(self, header: Any, *values: Any) -> None:
        if header == "Cookie":
            self.wire.cookie = values[0]
        super().putheader(header, *values)

    def connect(self) -> None:
        try:
            super().connect()
        finally:
            self.wire.meet()

    def _new_conn(self) -> socket.socket:
        try:
            return self.wire.dial(self._dns_host, self.port)
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error


class Pool(HTTPConnectionPool):
    """Keeps one server's connections alive between requests."""

    ConnectionCls = Connection


class Adapter(HTTPAdapter):
    """A person's connections, one at a time."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        super().__init__()

    def init_poolmanager(self, *sizes: Any, **options: Any) -> None:
        super().init_poolmanager(*sizes, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": Pool}

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: Any = None,
    ) -> Any:
        pool: Any = super().get_connection_with_tls_context(request, verify, proxies, cert)
        pool.conn_kw["wire"] = self.wire
        return pool

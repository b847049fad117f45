"""An ASGI app asked in this process, by one browser that keeps the session's cookie."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from sessiontable.asgi import Message


@dataclass
class Reply:
    status: int
    headers: list[tuple[str, str]]
    text: str
    raised: BaseException | None
    """What the app let through, which a server logs."""

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


@dataclass
class Client:
    """`scheme` and `headers` are those of every request."""

    app: Any
    scheme: str = "http"
    headers: list[tuple[str, str]] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Reply:
        reply = asyncio.run(self._asked(path))
        for line in reply.all("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return reply

    async def _asked(self, path: str) -> Reply:
        sent: list[Message] = []

        asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> Message:
            return next(asked, None) or await asyncio.get_running_loop().create_future()  # it never hangs up

        async def send(message: Message) -> None:
            sent.append(message)

        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        lines = [("host", "shop.test"), *([("cookie", cookies)] if cookies else []), *self.headers]
        scope = {
            "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in lines], "scheme": self.scheme,
            "server": ("shop.test", 80), "client": ("192.0.2.1", 1), "http_version": "1.1", "asgi": {"version": "3.0"},
        }  # fmt: skip
        raised = None
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            raised = error
        start: Message = sent[0] if sent else {"status": 0, "headers": []}  # 0: the server has to answer by itself
        headers = [(name.decode().lower(), value.decode()) for name, value in start["headers"]]
        return Reply(start["status"], headers, b"".join(each.get("body", b"") for each in sent).decode(), raised)

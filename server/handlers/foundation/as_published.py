"""Identity is: is there any Cookie header at all?

The code of the article "Understanding the Cookie Cycle", behaviour for behaviour:
https://www.hotconfig.com/http-python-understanding-the-cookie-header-cycle/

What is wrong:
* Any Cookie header counts as "already set", also one that holds only the cookies of another application on another port
  of the same host: browsers do not tell ports apart (RFC 6265 8.5). https://github.com/OctoPrint/OctoPrint/issues/1479
* The cookie is the same constant for everybody, so it cannot tell one visitor from another.
* The second visit gets no reply at all. The article returns a text from `do_GET`, but http.server ignores what it
  returns: nothing is sent, the connection closes, and the browser shows an "empty response" error.

One difference: connections are served in threads, so that a silent one does not block the lab.
"""

import socket
import socketserver
from http.server import BaseHTTPRequestHandler
from typing import Any

from ...log import Log
from ...message import endpoint


class AsPublished(BaseHTTPRequestHandler):
    """A whole server of its own, HTTP/1.0 and GET alone: the article knows no routes, no login and no note."""

    def __init__(self, log: Log, request: socket.socket, address: Any, server: socketserver.BaseServer) -> None:
        self._log = log
        super().__init__(request, address, server)

    def do_GET(self) -> None:
        if self.headers.get("Cookie") is None:
            self.send_response(200)
            self.send_header("Set-Cookie", "mycookie=213a238d8; Max-Age=50000")
            self.end_headers()
        else:
            self.log_request()  # "Cookie already set", and that is all that happens

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Called by http.server just before it replies, and above where nothing is replied."""
        method, path, *_ = [*self.requestline.split(maxsplit=2), "", ""]
        cookies = self.headers.get_all("Cookie", []) if hasattr(self, "headers") else []
        self._log.request(
            handler="as_published",
            client=endpoint(self.client_address[:2]),
            method=method,
            path=path,
            cookies=cookies,
            known=bool(cookies),
            status=None if code == "-" else int(code),
        )

    def log_message(self, *_: object) -> None:
        """Quiet: the log has its own lines."""

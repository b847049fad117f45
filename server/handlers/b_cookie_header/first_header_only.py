"""Identity is: an id of the table, looked for in the first Cookie line alone.

`headers.get("Cookie")` gives one line. HTTP/2 lets clients send several, and some proxies pass them on as they came; then
ours may stand in the second.

It happened: http.server's own way to read a header. https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3
"""

from dataclasses import replace

from ...message import Request
from ..table import Table


class FirstHeaderOnly(Table):
    """Reads one line of two."""

    def claimed(self, request: Request) -> list[str]:
        return super().claimed(replace(request, cookie_lines=request.cookie_lines[:1]))

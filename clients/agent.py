"""A client's process: one person at one host, driven by JSON lines on stdin and stdout. `python -m clients.agent`

First it prints {"ready": true, "pid": …}. Then every line gets one line in reply, with the same "id". The steps:

    {"id": 1, "do": "request", "method": "GET", "url": "http://…", "headers": {…}, "json": …, "timeout": 5}
    {"do": "together", "requests": [{"method": …, "url": …}, …]}   all at once, each on a connection of its own
    {"do": "new_connection"}                                      the next request connects anew
    {"do": "local_port", "port": 40000}                           connect from this port from now on; null: from any
    {"do": "close_browser"}                                       session cookies die, lasting ones stay
    {"do": "set_cookie", "name": …, "value": …, "url": …}         plant a session cookie for the URL's host
    {"do": "delete_cookie", "name": …}
    {"do": "cookie_header", "value": "…"}                         send just this instead of the jar's; null: the jar's
    {"do": "clock", "advance": 3600}                              the client's clock, by which cookies expire, moves on
    {"do": "reset"}                                               a new person: no cookies, connections, settings

A request's "headers", "json" and "timeout" (seconds for all of it, 5 if absent) may be left out. Its reply:

    {"id": 1, "ok": true, "status": 200, "headers": [["Set-Cookie", "…"], …], "body": "…", "cookies_sent": "sid=…",
     "jar": [{"name", "value", "domain", "path", "expires"}, …], "local": "192.168.10.11:40000", "resent": false,
     "at": epoch, "elapsed": seconds}

or, with "ok": false, an "error" {"kind", "text"} in place of status, headers and body. Kinds: empty_reply, refused,
timeout, reset, unreachable, port_taken, unsendable (a header or URL that HTTP cannot carry), usage (a line that makes
no sense; the agent lives on), other. "cookies_sent" is the Cookie header as it went out, null if none did. "expires"
counts by the client's clock, "at" by the machine's. "resent" is true if a kept-alive connection turned out to be dead
and the request went out once more on a new one. "together" replies {"ok": true, "replies": […]}, the other steps
{"ok": true, "jar": […]}. In what the driver sends, characters are sent as UTF-8, "\\udc80" to "\\udcff" as the single
bytes 80 to ff. In replies, bytes that are not UTF-8 are shown as Latin-1. End of input ends the agent.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from clients.client import TIMEOUT, Client, Reply, Request
from clients.failures import UsageFault, explain
from clients.fields import Fields

STEPS = (
    "request together new_connection local_port close_browser set_cookie delete_cookie cookie_header clock reset"
).split()
LONGEST_TIMEOUT = 3600.0  # seconds
LONGEST_ADVANCE = 100 * 365 * 86400.0  # seconds


class Agent:
    """One person and the steps that move them."""

    def __init__(self) -> None:
        self.client = Client()

    def answer(self, line: bytes) -> Reply:
        """The reply to one line, whatever the line is."""
        reply: Reply = {"id": None, "ok": True}
        try:
            fields = Fields("line", parsed(line))
            reply["id"] = fields.any("id", None)
            fields.step = fields.text("do")
            step = self.step(fields)
            fields.done()
            return reply | (step() or {"jar": self.client.jar.entries()})
        except Exception as error:  # whatever went wrong, it must not end the agent
            kind, text = explain(error)
            reply |= {"ok": False, "error": {"kind": kind, "text": text}, "cookies_sent": None}
            reply |= {"jar": self.client.jar.entries(), "local": None, "resent": False}
            return reply | {"at": time.time(), "elapsed": 0.0}

    def step(self, fields: Fields) -> Callable[[], Reply | None]:
        """What a line asks for, ready to be done; the fields it needs are taken."""
        client = self.client
        step: Callable[[], Reply | None]
        match fields.step:
            case "request":
                step = partial(client.request, request_in(fields))
            case "together":
                step = partial(client.together, [request_in(each) for each in fields.objects("requests")])
            case "new_connection":
                step = client.new_connection
            case "local_port":
                step = partial(client.local_port, None if fields.null("port") else fields.whole("port", 1, 65535))
            case "close_browser":
                step = client.close_browser
            case "set_cookie":
                step = partial(client.set_cookie, fields.text("name"), fields.text("value"), fields.text("url"))
            case "delete_cookie":
                step = partial(client.jar.drop, fields.text("name"))
            case "cookie_header":
                step = partial(client.send_cookie_header, None if fields.null("value") else fields.text("value"))
            case "clock":
                step = partial(client.jar.advance, fields.number("advance", 0, LONGEST_ADVANCE))
            case "reset":
                step = self.reset
            case unknown:
                from difflib import get_close_matches

                nearest = get_close_matches(unknown, STEPS, 1)
                hint = f"did you mean {nearest[0]!r}?" if nearest else f"there are {', '.join(STEPS)}"
                raise UsageFault(f"no such step: {unknown!r}; {hint}")
        return step

    def reset(self) -> None:
        """Let a new person sit down at the host."""
        self.client.new_connection()
        self.client = Client()


def request_in(fields: Fields) -> Request:
    """The request that the fields describe."""
    request = Request(
        fields.text("method"),
        fields.text("url"),
        fields.texts("headers"),
        fields.any("json", None),
        fields.number("timeout", 0.001, LONGEST_TIMEOUT, TIMEOUT),
    )
    fields.done()
    return request


def parsed(line: bytes) -> object:
    """The value that a line holds; raises UsageFault if it is not JSON."""
    try:
        return json.loads(line)
    except ValueError as error:
        raise UsageFault(f"not a line of JSON ({error}): {line[:80]!r}") from None


def main() -> int:
    """Answer line by line until the input ends, or nobody reads the answers any more."""
    replies = os.fdopen(os.dup(1), "w", encoding="ascii", buffering=1)
    os.dup2(2, 1)  # what anything else prints must not mix with the replies
    agent = Agent()
    with suppress(KeyboardInterrupt, BrokenPipeError), replies:
        replies.write(json.dumps({"ready": True, "pid": os.getpid()}) + "\n")
        for line in sys.stdin.buffer:
            replies.write(json.dumps(agent.answer(line)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

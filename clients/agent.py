"""A client's process: one person at one host, driven by JSON lines on stdin and stdout. `python -m clients.agent [h11]`

What will carry the requests may be named: it is loaded before the agent is ready. Without a name that is requests.
First it prints {"ready": true, "pid": …}. Then every line gets one line in reply, with the same "id". The steps:

    {"id": 1, "do": "request", "method": "GET", "url": "http://…", …}
    {"do": "together", "requests": [{"method": …, "url": …}, …]}  all at once, each on a connection of its own
    {"do": "burst", "request": {…}, "times": 20}                  the same request so many times at once, in the same way
    {"do": "begin", "request": {…}}                               send it on a connection of its own and go on, as in another tab
    {"do": "end", "begun": 1}                                     the reply to what was begun, which is waited for
    {"do": "drop", "begun": 1}                                    close its connection before the reply: the person has gone
    {"do": "new_connection"}                                      the next request connects anew
    {"do": "local_port", "port": 40000}                           connect from this port from now on; null: from any
    {"do": "preface", "text": "PROXY …\\r\\n"}                     connections begin with this from now on; null: with a request
    {"do": "close_browser"}                                       session cookies die, lasting ones stay
    {"do": "jar"}                                                 nothing; the reply shows the jar, as all do
    {"do": "set_jar", "cookies": [{…}, …]}                        plant cookies, as those of a browser's saved state
    {"do": "set_cookie", "name": …, "value": …, "url": …}         plant one for the URL's host, or for a "domain"
    {"do": "delete_cookie", "name": …}
    {"do": "cookie_header", "value": "…"}                         send just this instead of the jar's; null: the jar's
    {"do": "clock", "advance": 3600}                              the client's clock, by which cookies expire, moves on
    {"do": "reset"}                                               a new person: no cookies, connections, settings

A request has "method" and "url", and may have:

    "via"        "requests" (if absent), the client of the lab's own stories, or "h11", which sends what no library would
    "headers"    {name: value}, or [[name, value], …]: order and duplicates are kept, each value is sent to the byte.
                 What every client sends (Host, Accept and so on) comes on top unless named here
    "json"       or "form" or "multipart" ([[name, value], …] each) or "text": the body, with its Content-Type
    "cookies"    raw Cookie header lines, in place of the jar's, for this request alone; [] is none at all
    "keep"       false: what the reply sets is not stored
    "lost"       true: the reply gets lost on the way. The server has done its work, the client hears nothing of it
    "timeout"    seconds for all of it (5 by requests, 10 by h11)
    "connect"    h11: "ip:port" to connect to; the Host header, the certificate's name and the cookies stay the URL's
    "limit"      h11: bytes of the body after decoding (10,000,000); what is longer is cut, and the connection closed
    "tls"        h11: {"ca": PEM text} believes these CAs beside the system's, {"verify": false} any certificate

"http://" is spoken by both, "https://" by h11. Cookies of "set_cookie" and "set_jar" have "name", "value", "domain"
(with a dot in front: also hosts below it) or "url", and may have "path", "expires" (epoch; negative: session cookie),
"secure", "httponly" or "httpOnly"; in "set_jar" other fields are ignored. Secure cookies go over http to localhost,
*.localhost and 127.0.0.1, as in browsers, and to nobody else. A request's reply:

    {"id": 1, "ok": true, "status": 200, "headers": [["Set-Cookie", "…"], …], "body": "…", "truncated": false,
     "interim": [103], "version": "1.1", "encoding": "gzip", "cookies_sent": "sid=…",
     "jar": [{"name", "value", "domain", "path", "expires", "secure", "httponly"}, …],
     "local": "192.168.10.11:40000", "resent": false, "at": epoch, "elapsed": seconds}

or, with "ok": false, an "error" {"kind", "text"} in place of all up to "encoding". Kinds: empty_reply, refused,
timeout, reset, lost, unreachable, port_taken, unsendable (a header or URL that HTTP cannot carry), certificate (not to be
believed), malformed (no HTTP, or broken off in the middle), usage (a line that makes no sense; the agent lives on),
other. "truncated" says that the body was cut, "encoding" what it was decoded from (null: nothing), "interim" the 1xx
replies before. Of a header's value the first 16,384 bytes are told, and how long it was. requests tells of no interim replies and cuts nothing. "cookies_sent" is the Cookie header as it went
out, several joined by "; ", null if none did. "expires" counts by the client's clock, "at" by the machine's. "resent"
is true if a kept-alive connection turned out to be dead and the request went out once more on a new one. "together"
and "burst" reply {"ok": true, "replies": […]}, and their bodies share 20,000,000 bytes evenly; "begin" replies {"ok":
true, "begun": 1, "jar": […]}, and what the server sets is stored when its reply has come; the other steps reply
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
from typing import Any, BinaryIO

from clients.client import TRANSPORTS, Client, Reply
from clients.failures import UsageFault, explain
from clients.fields import Fields
from clients.planted import cookie_in
from clients.request import request_in

STEPS = (
    "request together burst begin end drop new_connection local_port preface close_browser "
    "jar set_jar set_cookie delete_cookie cookie_header clock reset"
).split()
MOST_AT_ONCE = 1000
PIECE = 1 << 20  # letters
ENCODER = json.JSONEncoder()
LONGEST_ADVANCE = 100 * 365 * 86400.0  # seconds

type Step = Callable[[], Reply | None]


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

    def step(self, fields: Fields) -> Step:
        """What a line asks for, ready to be done; the fields it needs are taken."""
        step = self.sending(fields) or self.changing(fields)
        if step is None:
            from difflib import get_close_matches

            nearest = get_close_matches(fields.step, STEPS, 1)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"there are {', '.join(STEPS)}"
            raise UsageFault(f"no such step: {fields.step!r}; {hint}")
        return step

    def sending(self, fields: Fields) -> Step | None:
        """The steps in which something goes over the network."""
        match fields.step:
            case "request":
                return partial(self.client.request, request_in(fields))
            case "together":
                return partial(self.client.together, [request_in(each) for each in fields.objects("requests")])
            case "burst":
                request = request_in(fields.inner("request"))
                return partial(self.client.together, [request] * fields.whole("times", 1, MOST_AT_ONCE))
            case "begin":
                return partial(self.client.begin, request_in(fields.inner("request")))
            case "end":
                return partial(self.client.end, fields.whole("begun", 1, MOST_AT_ONCE))
            case "drop":
                return partial(self.client.drop, fields.whole("begun", 1, MOST_AT_ONCE))
        return None

    def changing(self, fields: Fields) -> Step | None:
        """The steps that change a person's things, or only look at them."""
        client = self.client
        match fields.step:
            case "new_connection":
                return client.new_connection
            case "local_port":
                return partial(client.local_port, None if fields.null("port") else fields.whole("port", 1, 65535))
            case "preface":
                return partial(client.preface, None if fields.null("text") else fields.text("text"))
            case "close_browser":
                return client.close_browser
            case "jar":
                return dict  # the jar is in every reply
            case "set_jar":
                return partial(client.set_cookies, [cookie_in(each) for each in fields.objects("cookies", least=0)])
            case "set_cookie":
                return partial(client.set_cookies, [cookie_in(fields)])
            case "delete_cookie":
                return partial(client.jar.drop, fields.text("name"))
            case "cookie_header":
                return partial(client.send_cookie_header, None if fields.null("value") else fields.text("value"))
            case "clock":
                return partial(client.jar.advance, fields.number("advance", 0, LONGEST_ADVANCE))
            case "reset":
                return self.reset
        return None

    def reset(self) -> None:
        """Let a new person sit down at the host."""
        self.client.leave()
        self.client = Client()


def parsed(line: bytes) -> object:
    """The value that a line holds; raises UsageFault if it is not JSON."""
    try:
        return json.loads(line)
    except ValueError as error:
        raise UsageFault(f"not a line of JSON ({error}): {line[:80]!r}") from None


def say(replies: BinaryIO, reply: Reply) -> None:
    """Write a line. A long one is written as it is made, so that it is not there several times over."""
    for part in ENCODER.iterencode(reply) if size(reply) > PIECE else (ENCODER.encode(reply),):
        for start in range(0, len(part), PIECE):
            replies.write(part[start : start + PIECE].encode("ascii"))
    replies.write(b"\n")
    replies.flush()


def size(reply: Any) -> int:
    """The letters of a reply's body, or of those of its replies."""
    return len(reply.get("body", "")) + sum(size(each) for each in reply.get("replies", ()))


def main() -> int:
    """Answer line by line until the input ends, or nobody reads the answers any more."""
    for name in sys.argv[1:] or ["requests"]:
        TRANSPORTS[name]()
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anything else prints must not mix with the replies
    agent = Agent()
    with suppress(KeyboardInterrupt, BrokenPipeError), replies:
        say(replies, {"ready": True, "pid": os.getpid()})
        for line in sys.stdin.buffer:
            say(replies, agent.answer(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Plays a flow against replies that a test wrote down: the flow itself does no input or output."""

from collections.abc import Callable, Iterable

from cookielab.subjects.exchange import Incoming, Learnt, Outcome, Outgoing
from cookielab.subjects.fitting import complete, fitted
from cookielab.subjects.flow import flow
from cookielab.subjects.lines import Source
from cookielab.subjects.profile import Profile
from cookielab.subjects.rules import check

BASE = "http://app.test:8000"
USERS = {"alice": {"password": "pa"}, "bob": {"password": "pb"}}


def profile(**written: object) -> Profile:
    """A profile from its words, with alice and bob."""
    source = Source("test")
    made = fitted({"users": USERS} | written, source)
    check(made, source)
    return complete(made, None)


def page(
    body: str = "",
    status: int = 200,
    *,
    kind: str | None = "text/html",
    jar: dict[str, str] | None = None,
    **headers: str,
) -> Incoming:
    """A reply, whose URL `play` fills in."""
    lines = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    lines += (("Content-Type", kind),) if kind else ()
    return Incoming(url="", status=status, headers=lines, body=body, jar=jar or {})


def play(
    made: Profile,
    verb: str,
    *replies: Incoming | Callable[[Outgoing], Incoming],
    name: str | None = "alice",
    learnt: Learnt | None = None,
    **more: str,
) -> tuple[Outcome, list[Outgoing]]:
    """What becomes of a verb when these replies come, and what it sent; all of them must be taken."""
    own = dict(made.user(name)) if name else {}
    playing = flow(made, verb, own | {"port": "8000"} | more, learnt)
    sent = [next(playing)]
    for number, reply in enumerate(replies):
        asked = sent[-1]
        came = reply(asked) if callable(reply) else reply
        url = asked.target if asked.target.startswith("http") else BASE + asked.target
        try:
            sent.append(
                playing.send(
                    Incoming(
                        url=url,
                        method=asked.method,
                        status=came.status,
                        headers=came.headers,
                        body=came.body,
                        error=came.error,
                        truncated=came.truncated,
                        jar=came.jar,
                    )
                )
            )
        except StopIteration as stop:
            assert number == len(replies) - 1, f"{len(replies) - number - 1} replies were not taken"
            outcome: Outcome = stop.value
            return outcome, sent
    raise AssertionError(f"the verb asks for more: {sent[-1]}")


def names(pairs: Iterable[tuple[str, str]] | None) -> list[str]:
    """The names of a body's fields."""
    return [name for name, _ in pairs or ()]

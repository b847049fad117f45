"""Cookies that end in our name, or whose value holds our whole cookie: `notsid=…`, `x="sid=…"`. None of them is ours.

A server that looks for `sid=` anywhere in the header finds ids where it never put any: in another application's cookie,
or in a value that anybody may have written.

Incident: a cloud provider's example for reading a cookie matched the end of other names.
https://github.com/cloudflare/cloudflare-docs/issues/1909
"""

from collections.abc import Iterator

from cookielab.stage import Scenario, Stage
from cookielab.stage.inventions import chosen

type Pairs = tuple[tuple[str, str], ...]


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")
    mallory = stage.stranger("mallory@dave")

    stage.say("Alice logs in and writes a note.")
    alice.login()
    alice.write()
    alice.whoami()
    hers = alice.session()

    stage.say("Cookies of other applications come before hers, and behind it. Something in them looks like ours.")
    garbage = tuple((name, chosen(value)) for name, value in hers)
    for about, lookalike in lookalikes(garbage):
        alice.in_company(f"{lookalike}; {alice.cookie_header}", about=f"{about} before it")
        alice.in_company(f"{alice.cookie_header}; {lookalike}", about=f"{about} behind it")

    stage.say(
        "Mallory knows her id. He brings it in cookies that are not ours: whoever can write those may plant an id."
    )
    mallory.forge((), about="no cookie at all", verb="whoami")
    for about, lookalike in lookalikes(hers):
        mallory.forge(lookalike, about=f"{about}, with alice's id", verb="whoami")

    stage.say("Without that company she is who she was, and reads her note.")
    alice.whoami()
    alice.read()


def lookalikes(session: Pairs) -> Iterator[tuple[str, str]]:
    """What it is, and the Cookie line."""
    yield "names that end in ours", "; ".join(f"not{name}={value}" for name, value in session)
    yield "names that begin with ours", "; ".join(f"{name}x={value}" for name, value in session)
    yield "values that hold our cookie", "; ".join(f"x-{name}={name}={value}" for name, value in session)
    yield "values that hold our cookie in quotes", "; ".join(f'q-{name}="{name}={value}"' for name, value in session)


SCENARIO = Scenario(
    id="substring",
    title="cookies that look like ours",
    summary="other cookies end in our name, or hold our whole cookie as their value",
    exercises=("authenticity", "steadiness"),
    must_break=("substring_match",),
    incident="https://github.com/cloudflare/cloudflare-docs/issues/1909",
    needs=("login", "whoami"),
    of_cookies=True,
    remedy="split the Cookie header at semicolons, each pair at its first '=', and compare the whole name",
    play=play,
)

"""Bob invents ids: he guesses, he counts on from his own, he sends what breaks parsers and databases.

Whatever he invents, the server must not take him for somebody whom it knows, and must not fall over. An id that is
unknown at first and known the next time has been adopted: whoever plants such an id in a browser owns its session.

Incidents: Rails made a session of any id that a client sent, https://github.com/rails/rails/pull/2039; so did Astro, until
2026, https://github.com/withastro/astro/pull/15752.
"""

import secrets
from collections.abc import Iterator

from cookielab.stage import Scenario, Stage

TRICKS = (
    "1",
    "admin",
    "a" * 10_240,
    "before\x00after",
    '"quoted"',
    "' OR '1'='1",
    "'--",
    "../../../../etc/passwd",
    "%2e%2e%2f",
    "кто-я-🍪",
    "",
)


def inventions(name: str, genuine: str) -> Iterator[str]:
    """Cookie headers with ids that the server never issued, the first ones made from a genuine id."""
    if genuine:
        yield f"{name}={genuine[:-1]}{chr(ord(genuine[-1]) + 1)}"
        yield f"{name}={genuine[:-1]}"
        yield f"{name}={genuine}0"
        yield f"{name}={genuine[::-1]}"
    for trick in TRICKS:
        yield f"{name}={trick}"


def play(stage: Stage) -> None:
    alice, bob = stage.people("alice", "bob")

    stage.say("Alice logs in, and is recognised. Bob visits twice, and looks at the id that he got.")
    alice.visit()
    alice.login()
    alice.whoami()
    bob.visit()
    bob.visit()
    name, genuine = bob.jar[0] if bob.jar else ("sid", "")

    stage.say("He guesses, counts on from his own id, and tries what breaks parsers.")
    for header in inventions(name, genuine):
        bob.forge(header)

    stage.say("He brings an id of his own choosing, and then brings it again.")
    chosen = f"{name}={secrets.token_urlsafe(32)}"
    bob.forge(chosen)
    bob.forge(chosen)

    stage.say("A line break in a cookie would make two headers of one; HTTP cannot carry it, and his client refuses.")
    bob.forge(f"{name}=x\r\nX-User: alice")

    stage.say("After all that Alice is still recognised.")
    alice.whoami()


SCENARIO = Scenario(
    id="forged",
    title="invented ids",
    summary="Bob invents ids; none may ever be taken for one that the server issued, and none may bring it down",
    exercises=("authenticity",),
    must_break=("client_chosen",),
    incident="https://github.com/rails/rails/pull/2039; https://github.com/withastro/astro/pull/15752",
    play=play,
)

"""What the preflight sees of a server that is wrong even in calm and in order, and not of a profile that is."""

import re

from ..judging.events import Request
from ..judging.verdict import Finding, Verdict
from .inventions import chosen
from .person import Person
from .rows import Preflight
from .stage import Stage
from .wording import path_of, shown_as

AGAIN = 12
"""How often a session that is there and then is not is looked for again."""
SOMEBODY = frozenset({"this", "another", "several"})
JWT = re.compile(r"\b(eyJ[\w-]+\.[\w-]+)\.([\w-]{16,})")
ROUNDS = 3
"""How often `me` must tell the same: a pattern may fit some random tokens only."""


def known_by_address(alice: Person, bob: Person) -> Finding | None:
    """Nobody has logged in, and who is shown depends on where one comes from: it was remembered from an earlier visit."""
    rounds = [(alice.whoami(), bob.whoami()) for _ in range(ROUNDS)]
    told = {(shown_as(one) if one else "", shown_as(other) if other else "") for one, other in rounds}
    (mine, others), *more = told
    one, other = rounds[-1]
    if more or mine == others or one is None or other is None:
        return None
    sentence = (
        f"nobody has logged in, and {path_of(one)} says {mine} to whoever comes from {alice.name}'s address, {others} to "
        f"whoever comes from {bob.name}'s: people are remembered by their address"
    )
    return broken("isolation", sentence, one, other)


def now_this_now_that(result: Preflight, person: Person, seen: Request) -> None:
    """Whoever is shown another's name, and their own at the same place when it is asked for again: what says who one is
    there goes by something else than who has logged in, as by the thread that serves it."""
    tries = [person.whoami() for _ in range(AGAIN)]
    own = [each for each in tries if sighting_of(each) == "this"]
    if own and own[0] is not None:
        sentence = (
            f"{person.user}, who has logged in, is shown {shown_as(seen)} at {path_of(seen)}, and in {len(own)} of {AGAIN} more "
            f"times {person.user}, each time from an address of their own"
        )
        result.breaks.append(broken("isolation", sentence, seen, own[0]))


def takes_any_signature(stage: Stage, result: Preflight, person: Person) -> None:
    """A JSON Web Token counts by its signature (RFC 7515, 5.2): with another one it is nobody's.

    The last letters stay: not all of them can end one in base64.
    """
    changed = [
        (name, JWT.sub(lambda token: f"{token[1]}.{chosen(token[2][:-2])}{token[2][-2:]}", value))
        for name, value in person.token
    ]
    if not changed or tuple(changed) == tuple(person.token):
        return
    seen = stage.stranger("stranger@dave").forge(
        (), headers=changed, about=f"{person.user}'s token with another signature", verb="whoami"
    )
    if sighting_of(seen) in SOMEBODY:
        sentence = (
            f"{person.user}'s token with another signature is taken for {shown_as(seen)} at {path_of(seen)}: whoever writes a "
            "token by hand is whom it names"
        )
        result.breaks.append(broken("authenticity", sentence, seen))


def comes_and_goes(result: Preflight, person: Person, given: str) -> None:
    """The cookies of one login, sent again and again: good at times and worth nothing at others, as with workers that
    have a memory each."""
    tries = [person.forge(given, about="the cookies of the login", verb="whoami") for _ in range(AGAIN)]
    good, worthless = ([r for r in tries if sighting_of(r) == sighting] for sighting in ("this", "anonymous"))
    if good and worthless:
        sentence = (
            f"{person.user}'s cookies of one login, sent {AGAIN} times one after the other, were {person.user}'s "
            f"{len(good)} times and nobody's {len(worthless)} times: have the server's workers a memory each?"
        )
        result.breaks.append(broken("steadiness", sentence, good[0], worthless[0]))


def ended_by(alice: Person, bob: Person) -> bool:
    """Once more: alice is there, and after bob's logout she is not."""
    for person in (bob, alice):
        person.login()
    before = alice.whoami()
    if sighting_of(before) != "this" or bob.logout() is None:
        return False
    return sighting_of(alice.whoami()) == "anonymous"


def sighting_of(request: Request | None) -> str | None:
    return request.sighting if request else None


def exact(person: Person) -> bool:
    """`me` reads one value from one place, so another's name there is no coincidence."""
    me = person.profile.me
    look = me[-1] if isinstance(me, list) else me
    extractor = None if look is None or isinstance(look, str) else look.extractor
    return extractor is not None and extractor.text is None


def broken(invariant: str, sentence: str, *requests: Request) -> Finding:
    return Finding(invariant, Verdict.BROKEN, sentence, tuple(request.seq for request in requests))

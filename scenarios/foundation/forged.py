"""Bob invents ids: he guesses, he counts on from his own, he sends what breaks parsers and databases.

Whatever he invents, the server must not take him for somebody whom it knows, and must not fall over. An id that is
unknown at first and known the next time has been adopted: whoever plants such an id in a browser owns its session.

Incidents: Rails made a session of any id that a client sent, https://github.com/rails/rails/pull/2039; so did Astro, until
2026, https://github.com/withastro/astro/pull/15752.
"""

from collections.abc import Iterator

from cookielab.stage import Person, Scenario, Stage
from cookielab.stage.alterations import altered, parts
from cookielab.stage.inventions import NULLS, TRICKS, chosen, neighbours, of_a_name

IDS = 10
"""How many ids are needed to say something of how the server makes them."""


def play(stage: Stage) -> None:
    alice, bob = stage.people("alice", "bob")

    stage.say("Alice logs in, and is recognised. Bob visits twice, and looks at the id that he got.")
    alice.visit()
    alice.login()
    alice.whoami()
    bob.visit()
    bob.visit()
    if not bob.session():
        bob.login()
        bob.whoami()
    if stage.learnt:
        stage.say("He collects ids, to see how the server makes them.")
        collect(bob)
    name, genuine = bob.session()[0] if bob.session() else ("sid", "")

    stage.say("He guesses, counts on from his own id, and tries what breaks parsers. Each invention he sends twice.")
    for about, value in inventions(genuine):
        for _ in range(2):
            bob.forge(with_other(bob, name, value), about=about)

    stage.say("He puts Alice's name and what is made of it into each of his cookies.")
    for other, _ in bob.jar:
        for about, value in of_a_name(alice.user):
            bob.forge(with_other(bob, other, value), about=f"the cookie {other} with {about}")
    for other in ("user", "username", "uid"):
        bob.forge((f"{other}={alice.user}",), about=f"a cookie {other} with alice's name")

    if stage.foreign:
        stage.say("He logs in, and changes what he got by that: another's name, another number, half an id.")
        change(alice, bob)

    stage.say("He brings an id of his own choosing, and then brings it again.")
    own = f"{name}={chosen(genuine)}"
    bob.forge(own, about="an id of his own choosing")
    bob.forge(own, about="the same id again")

    stage.say("A line break in a cookie would make two headers of one; HTTP cannot carry it, and his client refuses.")
    bob.forge(f"{name}=x\r\nX-User: alice", about="a line break in a cookie")

    stage.say("After all that Alice is still recognised.")
    alice.whoami()


def change(alice: Person, bob: Person) -> None:
    """Each of Bob's cookies with something else in it, the others as they are. Whoever he is then, it is not by right."""
    bob.login()
    bob.whoami()
    mine, hers = bob.profile.user(bob.user), alice.profile.user(alice.user)
    names = [(mine[key], hers[key]) for key in mine if key != "password" and hers.get(key, mine[key]) != mine[key]]
    ids = dict(bob.session())
    for name, value in bob.jar:
        tries = [*altered(name, value, names), *(parts(value) if name in ids else ())]
        for about, made in tries:
            header = "; ".join(f"{other}={made if other == name else kept}" for other, kept in bob.jar)
            bob.forge(header, about=about, verb="whoami")


def collect(bob: Person) -> None:
    """Ids that the server issues to visitors without one; if it gives them at the login alone, to Bob's logins."""
    first = bob.forge((), about="no cookie at all")
    names = {name for name, _ in bob.session()}
    if any(line.partition("=")[0].strip() in names for line in first.set_cookies):
        for _ in range(IDS):
            bob.forge((), about="no cookie at all")
        return
    for _ in range(min(IDS, bob.patience)):
        bob.new_browser()
        bob.login()


def with_other(bob: Person, name: str, value: str) -> str:
    """Bob's own cookies with another value for one of them; nothing else changes, so that alone decides."""
    others = [f"{other}={kept}" for other, kept in bob.jar if other != name and other not in dict(bob.session())]
    return "; ".join([*others, f"{name}={value}"])


def inventions(genuine: str) -> Iterator[tuple[str, str]]:
    """What it is, and the value: made from a genuine id, the values of programming languages for nothing, tricks."""
    if genuine:
        yield from neighbours(genuine)
        for number in range(3):
            yield f"a new id of the same kind ({number + 1})", chosen(genuine)
    yield from ((f"the id {value}", value) for value in NULLS)
    yield from ((f"the id {trick[:24]!r}", trick) for trick in TRICKS)


SCENARIO = Scenario(
    id="forged",
    title="invented ids",
    summary="Bob invents ids; none may ever be taken for one that the server issued, and none may bring it down",
    exercises=("authenticity",),
    must_break=("client_chosen",),
    incident="https://github.com/rails/rails/pull/2039; https://github.com/withastro/astro/pull/15752",
    needs=("login", "whoami"),
    of_cookies=True,
    remedy="make ids of 128 random bits, accept those alone that are in your table, and never adopt one",
    play=play,
)

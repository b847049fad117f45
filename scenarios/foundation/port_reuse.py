"""A port that comes back: Bob's connection arrives from the very address and port that was Alice's a moment ago.

The gateway has a single port for each destination. That is extreme, and it makes certain what a busy carrier's gateway
does by chance: it gives a port that has become free to whoever connects next.

Incident: RFC 6888, REQ-8 has carriers wait before they give a port to somebody else, and RFC 6302 has servers log port and
exact time: an address and port alone name nobody.
"""

from collections.abc import Callable

from cookielab.judging.events import Request
from cookielab.stage import Person, Scenario, Stage

PORT, OTHER_PORT = "40000", "40001"


def play(stage: Stage) -> None:
    alice, bob = stage.people("alice", "bob")
    network = stage.network

    stage.say(
        "The gateway has just been switched on. It has one port to give away, and forgets closed connections fast."
    )
    network.nat("pool", PORT)
    network.timers(time_wait=1, close=1)
    network.flush()

    stage.say("Alice logs in and writes a note.")
    entered = alice.login()
    if entered is None or not entered.accepted:
        stage.say("Nobody can log in here, so there is nothing that Bob could inherit. She just visits, twice.")
        alice.visit()
        alice.visit()
        stage.control("somebody could log in", met=False)
        return
    for step in use(stage, alice):
        make_room(stage, alice)
        step()
    hers = network.outside(alice)

    stage.say("Alice leaves. The gateway forgets her connection, and its port is free.")
    network.wait_until_forgotten(alice, PORT)

    stage.say("Bob comes, for the first time and without a cookie.")
    bob.whoami()
    if stage.offers("read"):
        make_room(stage, bob)
        bob.read()
    his = network.outside(bob)
    stage.control(
        f"Bob's connection came from {his or 'nowhere'}, Alice's had come from {hers or 'nowhere'}",
        bool(hers) and hers == his,
    )

    stage.say("Bob logs in, writes a note of his own and reads it back.")
    for step in (bob.login, *use(stage, bob)):
        make_room(stage, bob)
        step()

    stage.say("Alice returns, with the cookie she had, from another port.")
    network.nat("pool", OTHER_PORT)
    alice.whoami()
    if stage.offers("read"):
        make_room(stage, alice, OTHER_PORT)
        alice.read()
    stage.control(f"Alice did not come back from {hers}", network.outside(alice) not in {None, "", hers})


def use(stage: Stage, person: Person) -> tuple[Callable[[], Request | None], ...]:
    """What people do once they are in: a note, or where the server has none they ask who they are."""
    return (person.write, person.read) if stage.offers("read") else (person.whoami,)


def make_room(stage: Stage, person: Person, port: str = PORT) -> None:
    """Where the server ends every connection the next one needs the port, which has to be free for that."""
    if person.closes:
        stage.network.wait_until_forgotten(person, port)


SCENARIO = Scenario(
    id="port-reuse",
    title="a port that comes back",
    summary="the NAT gives Alice's port to Bob; then Alice returns from another one",
    exercises=("isolation", "steadiness"),
    must_break=("by_endpoint",),
    incident="https://www.rfc-editor.org/rfc/rfc6888#section-3 (REQ-8); https://www.rfc-editor.org/rfc/rfc6302",
    needs=("login", "whoami"),
    remedy="a connection's address and port are nobody's: they are given to somebody else as soon as they are free",
    play=play,
    capture="passive",  # mitmproxy would bring ports of its own
)

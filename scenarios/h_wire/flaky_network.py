"""A bad line: requests and replies get lost, connections are reset, the gateway is rebooted. Alice is still Alice.

She gives up on what gets no answer and tries again when the line is whole. What the server has done in between she does
not know: it may have had her request, and she may never have had its reply. Nothing of that may cost her the session, or
a note that was acknowledged. A session that ends with a lost reply is a design and is told; the profile's
`survives: [lost-reply]` makes it a promise.

Incident: PHP's manual warns that a session is lost where the reply with a new id is, as on mobile networks.
https://www.php.net/manual/en/function.session-regenerate-id.php
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

from cookielab.stage import Person, Scenario, Stage


def play(stage: Stage) -> None:
    alice, *others = stage.people("alice", "bob")
    network = stage.network

    stage.say("Alice and Bob log in, and write a note.")
    for person in (alice, *others):
        person.login()
        person.write()
        person.whoami()

    for harm, tale in ((network.losing, "gets lost"), (network.resetting, "ends in a reset")):
        stage.say(f"Alice's line is bad: all that she sends {tale}. Bob's is not.")
        on_a_bad_line(stage, alice, harm, "requests")
        stage.say(f"Now her requests arrive, and each reply {tale}.")
        on_a_bad_line(stage, alice, harm, "replies")
        back = alice.whoami()
        if back is not None and back.sighting == "anonymous":
            stage.observe("whoever misses a reply has lost the session")
            if stage.foreign:
                stage.say("She logs in again, as people do who have been thrown out.")
                alice.login()
                alice.write()
                alice.read()
        for bob in others:
            bob.read()

    stage.say("The gateway is switched off and on. It knows none of the connections that were open.")
    network.reboot()
    for person in (alice, *others):
        person.whoami()
        person.read()


def on_a_bad_line(stage: Stage, person: Person, harm: Callable[..., AbstractContextManager[None]], what: str) -> None:
    """She asks and writes in vain; when the line is whole she asks again, and writes and reads a note."""
    with harm(what, of=person):
        tries = [person.whoami(), person.write()]
    answered = [done for done in tries if done is not None and done.status is not None]
    stage.control(f"while her {what} are harmed, {person.name} gets no answer", not answered)
    person.whoami()
    person.write()
    person.read()


SCENARIO = Scenario(
    id="flaky-network",
    title="a bad line",
    summary="requests and replies get lost, connections are reset, the gateway is rebooted in mid-session",
    exercises=("steadiness", "durability"),
    must_break=("new_id_each_reply",),
    incident="https://www.php.net/manual/en/function.session-regenerate-id.php",
    needs=("login", "whoami"),
    remedy="let an id that is replaced live on for a while: the reply that carries the new one may never arrive",
    play=play,
)

"""Three people behind one public address: they log in, write a note and read it back, in turns and all at once.

Incident: two people in one LAN used the same forum. It knew them by their address, and the first one lost her identity
to the second. https://github.com/Phorum/Core/issues/544
"""

from collections.abc import Sequence

from cookielab.stage import Person, Scenario, Stage

ROUNDS = 3
LOGINS = 3
STRANGERS = 30
AT_ONCE = ("read", "whoami", "read", "visit", "read", "read", "whoami", "read")
"""What each person does at the same moment, where a race has to be found by trying."""


def play(stage: Stage) -> None:
    people = stage.people("alice", "bob", "carol")

    stage.say("One after the other, Alice, Bob and Carol log in and write a note.")
    for person in people:
        person.login()
        person.write()

    stage.say("Then each of them asks who they are, and reads the note.")
    for person in people:
        person.whoami()
        person.read()

    outsides = stage.network.outsides(*people)
    addresses = {outside.rpartition(":")[0] for outside in outsides if outside is not None}
    stage.control("all three share one public address", None not in outsides and len(addresses) == 1)

    stage.say("Now all three write at once, then all read at once, each time over new connections.")
    for _ in range(ROUNDS):
        for person in people:
            person.new_connection()
        stage.together(*(person.write for person in people))
        stage.together(*(person.read for person in people))

    if stage.foreign:
        enter_together(stage, people)

    if stage.tries > 1:
        stage.say("Many requests of each at the same moment: a mix-up that needs luck gets its chances.")
    for _ in range(stage.tries - 1):
        stage.burst(people, AT_ONCE)

    if stage.foreign:
        crowd(stage, people)

    stage.say("At the end each of them opens the front page.")
    for person in people:
        person.visit()


def enter_together(stage: Stage, people: Sequence[Person]) -> None:
    """Logins at the same moment, each at a new browser: a reply with another's id in it makes one the other."""
    stage.say("They log in at new browsers, all at the same moment.")
    for _ in range(min(LOGINS, people[0].patience)):
        for person in people:
            person.new_browser()
        stage.together(*(person.login for person in people))
        for person in people:
            person.whoami()
    for person in people:
        person.write()


def crowd(stage: Stage, people: Sequence[Person]) -> None:
    """A table that keeps so many sessions and no more may throw out those that are in use."""
    stage.say("Many strangers come by, none with a cookie. It makes no difference to those who are there.")
    for _ in range(STRANGERS):
        if people[-1].forge((), about="no cookie at all", verb="whoami").status == 429:
            break  # the server lets no more of them in
    for person in people:
        person.read()


SCENARIO = Scenario(
    id="nat",
    title="three people, one address",
    summary="Alice, Bob and Carol behind one public address write notes and read them back, in turns and at once",
    exercises=("isolation", "continuity"),
    must_break=("constant_cookie", "by_address"),
    incident="https://github.com/Phorum/Core/issues/544",
    needs=("login", "whoami"),
    remedy="recognise people by a random id that the server issued and finds in its own table, never by what they share",
    play=play,
)

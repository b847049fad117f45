"""Ids that are counted, or read off the clock: Bob logs in before and after Alice, and tries all that lies between.

A long id is not a secret. What counts is how much of it nobody can know (OWASP ASVS 5.0, 7.2.3: 64 bits of chance at
least, 128 in this edition).

Incident: Apache's mod_usertrack made its ids of address, time and process number, CVE-2001-1534.
https://nvd.nist.gov/vuln/detail/CVE-2001-1534
"""

from cookielab.stage import Person, Scenario, Stage
from cookielab.stage.inventions import between, neighbours

MOST = 1000
"""Ids that are tried; more would be an attack on the server's time rather than on its ids."""
IDS = 10
"""How many ids are needed to say something of how the server makes them."""


def play(stage: Stage) -> None:
    alice, bob = stage.people("alice", "bob")
    twice = stage.second_device(bob, "bob's phone")

    stage.say("Bob logs in and looks at his id. Alice logs in. Bob logs in once more, on his phone.")
    for person in (bob, alice, twice):
        person.login()
    for person in (bob, alice, twice):
        person.whoami()
    alice.write()

    stage.say(
        "If his two ids are numbers, hers lies between them: he tries all of those. Then he counts on from his own."
    )
    if got_in := guess(bob, twice):
        stage.observe(f"the id of another one was found at try number {got_in}")
    for name, value in bob.session()[:1]:
        for about, made in neighbours(value):
            bob.forge(f"{name}={made}", about=about, verb="whoami")

    stage.say("He collects ids, to see how the server makes them.")
    for _ in range(min(IDS, bob.patience)):
        twice.new_browser()
        twice.login()
        twice.whoami()

    stage.say("Alice is who she was.")
    alice.whoami()
    alice.read()


def guess(bob: Person, twice: Person) -> int:
    """Tries what lies between two ids of his own; the number of the try that made him somebody else, 0 for none."""
    first, second = dict(bob.session()), dict(twice.session())
    tried = 0
    for name in first.keys() & second.keys():
        rest = [f"{other}={value}" for other, value in bob.jar if other != name]
        for value in between(first[name], second[name], MOST):
            tried += 1
            made = "; ".join([*rest, f"{name}={value}"])
            seen = bob.forge(made, about="made up: a number between two ids of his own", verb="whoami")
            if seen.sighting in {"another", "several"}:
                return tried
    return 0


SCENARIO = Scenario(
    id="sequential",
    title="the next number",
    summary="ids are counted or read off the clock; the next one is guessed",
    exercises=("authenticity", "uniqueness"),
    must_break=("sequential_ids", "memory_counter"),
    incident="https://nvd.nist.gov/vuln/detail/CVE-2001-1534",
    needs=("login", "whoami"),
    of_cookies=True,
    remedy="make ids of 128 random bits from the system's source, as `secrets.token_urlsafe` does",
    play=play,
)

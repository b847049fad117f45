"""A page, or what it is made from, is kept because it takes long to make. Alice's must not be given to Bob.

`functools.lru_cache` keeps an answer by the arguments of a call. Who asks is often no argument.

Incident: a cache that does not tell people apart is CWE-524. https://cwe.mitre.org/data/definitions/524.html
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    alice, bob = stage.people("alice", "bob")

    stage.say("Alice logs in, writes a note and reads it.")
    alice.login()
    alice.write()
    alice.read()
    alice.visit()

    stage.say("Bob logs in. He has written nothing yet, and reads.")
    bob.login()
    bob.read()
    bob.visit()

    stage.say("He writes a note of his own. Both read, twice.")
    bob.write()
    for _ in range(2):
        for person in (alice, bob):
            person.read()
            person.whoami()


SCENARIO = Scenario(
    id="memoised-view",
    title="a cached function without the user",
    summary="what was computed for Alice is not given to Bob",
    exercises=("isolation",),
    must_break=("memoised",),
    incident="https://cwe.mitre.org/data/definitions/524.html",
    needs=("login", "whoami", "write", "read"),
    remedy="let the user be an argument of what is cached, or cache nothing that belongs to somebody",
    play=play,
)

"""Workers that were forked with one random generator in memory: each makes the same ids, in the same order.

The ids look random, and are. But a fork copies the generator as well, so what the first worker gives to Alice, the second
one gives to Bob.

Incident: a library's trace ids were the same in all workers of a pre-fork server, and the data of five customers ran together.
https://github.com/JudgmentLabs/judgeval/pull/773
"""

from cookielab.stage import Scenario, Stage

ROUNDS = 4
"""Logins of each person: enough for every worker of a usual server to make some ids."""


def play(stage: Stage) -> None:
    people = stage.people("alice", "bob", "carol")

    stage.say("Alice, Bob and Carol log in, one after the other, each over a connection of their own.")
    for person in people:
        person.login()
        person.whoami()

    rounds = min(ROUNDS, people[0].patience)
    stage.say(f"They do so {rounds} times more, at new browsers, so that every worker of the server has its turn.")
    for _ in range(rounds):
        for person in people:
            person.new_browser()
            person.login()
            person.whoami()

    stage.say("Each writes a note, and reads it back.")
    for person in people:
        person.write()
    for person in people:
        person.whoami()
        person.read()


SCENARIO = Scenario(
    id="forked-prng",
    title="workers that throw the same dice",
    summary="workers were forked with one random generator; no two people may get the same id",
    exercises=("uniqueness", "isolation"),
    must_break=("forked_prng",),
    incident="https://github.com/JudgmentLabs/judgeval/pull/773",
    needs=("login", "whoami"),
    of_cookies=True,
    remedy="take ids from the system's source (`secrets`, /dev/urandom), which no fork copies",
    play=play,
)

"""Alice's client and Bob's both number their requests from 1. The reply to one must not go to the other.

A number that a client chooses tells its own requests apart, and nobody else's.

Incident: replies on a shared transport went to other clients whose requests had the same id, CVE-2026-25536.
https://nvd.nist.gov/vuln/detail/CVE-2026-25536
"""

from cookielab.stage import Scenario, Stage

NUMBER = (("X-Request-Id", "1"),)


def play(stage: Stage) -> None:
    alice, bob = stage.people("alice", "bob")

    stage.say("Alice and Bob log in, and write a note each.")
    for person in (alice, bob):
        person.login()
        person.write()
        person.whoami()

    for _ in range(stage.tries):
        stage.say("Both read their notes at once. Each client calls this its request number 1.")
        for first, second in ((alice, bob), (bob, alice)):
            with (
                stage.gate("identified", first, "read", headers=NUMBER) as held,
                stage.gate("identified", second, "read", headers=NUMBER),
            ):
                if held:
                    held.open()

    for person in (alice, bob):
        person.read()


SCENARIO = Scenario(
    id="colliding-ids",
    title="requests with the same number",
    summary="two clients number their requests alike, and each gets the reply to its own",
    exercises=("isolation",),
    must_break=("by_request_id",),
    incident="https://nvd.nist.gov/vuln/detail/CVE-2026-25536",
    needs=("login", "whoami", "write", "read"),
    repeated=True,
    remedy="let the server number what it has to tell apart, or keep clients' numbers for each connection",
    play=play,
)

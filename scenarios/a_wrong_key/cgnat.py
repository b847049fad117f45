"""Two NATs in a row: the router at home, and the carrier's, with 100.64.0.0/10 in between. Every connection comes from elsewhere.

Carriers have fewer addresses than customers, so a second NAT stands behind the router's (RFC 6598). Where it deals out
addresses as it likes ("arbitrary pooling", RFC 4787, 4.1), one person has many at once, and each of them is many people's.

Incident: people were logged out of a webmail whenever their address changed.
https://github.com/mailcow/mailcow-dockerized/pull/295
"""

from cookielab.stage import Scenario, Stage

CONNECTIONS = 5
CARRIER = "cgnat"


def play(stage: Stage) -> None:
    alice, *others = stage.people("alice@erin", "bob@frank")
    everybody = (alice, *others)

    stage.say("In a flat behind two NATs Alice and Bob log in and write a note.")
    for person in everybody:
        person.login()
        person.write()
        person.whoami()

    stage.say("Each time they connect anew, the carrier has another public address for them.")
    for _ in range(CONNECTIONS):
        for person in (alice, *everybody):  # an odd number, so that the two swap addresses as well
            person.new_connection()
            person.whoami()
            person.read()
    ways = stage.network.table(CARRIER)
    inside = {row.inside.rpartition(":")[0] for row in ways}
    outside = {row.outside.rpartition(":")[0] for row in ways}
    stage.control(
        f"to the carrier both are {', '.join(sorted(inside))}; the server sees {', '.join(sorted(outside))}",
        len(inside) == 1 and len(outside) > 1,
    )


SCENARIO = Scenario(
    id="cgnat",
    title="two NATs in a row",
    summary="a router's NAT behind a carrier's, which gives another public address to every connection",
    exercises=("steadiness", "isolation"),
    must_break=("by_address", "pinned_table"),
    incident="https://github.com/mailcow/mailcow-dockerized/pull/295",
    needs=("login", "whoami"),
    parts=("cgnat",),
    remedy="do not tie a session to an address, and take none for a person",
    play=play,
)

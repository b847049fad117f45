"""The carrier gives another public address to every connection: Alice changes nothing and is somewhere else each time.

Large carriers' gateways do this ("arbitrary pooling", RFC 4787, 4.1). A server that ties a session to an address throws
these people out with every new connection.

Incidents: people were logged out of a webmail whenever their address changed.
https://github.com/mailcow/mailcow-dockerized/pull/295
"""

from cookielab.stage import Scenario, Stage

CONNECTIONS = 5


def play(stage: Stage) -> None:
    alice, *others = stage.people("alice", "bob")

    stage.say("The gateway gives another public address to every connection. Alice logs in and writes a note.")
    stage.network.nat("per-connection")
    alice.login()
    alice.write()
    alice.whoami()
    for bob in others:
        bob.login()
        bob.write()

    stage.say("Each time she connects anew, she comes from somewhere else.")
    outsides = set()
    for _ in range(CONNECTIONS):
        alice.new_connection()
        alice.whoami()
        alice.read()
        outsides.add((stage.network.outside(alice) or "").rpartition(":")[0])
    stage.control(f"Alice came from several addresses: {', '.join(sorted(outsides))}", len(outsides - {""}) > 1)
    for bob in others:
        bob.whoami()
        bob.read()


SCENARIO = Scenario(
    id="address-each-connection",
    title="another address for every connection",
    summary="the carrier gives another public address to every connection",
    exercises=("steadiness", "isolation"),
    must_break=("by_address", "pinned_table"),
    incident="https://github.com/mailcow/mailcow-dockerized/pull/295",
    needs=("login", "whoami"),
    capture="passive",  # mitmproxy's own connections would not go through the pool
    remedy="do not tie a session to an address",
    play=play,
)

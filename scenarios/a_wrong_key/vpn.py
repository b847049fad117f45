"""People of three networks leave through one VPN exit: to the server all of them are one address. Alice goes in and out of it.

What an office is to those who sit in it, a VPN is to strangers all over the world. And who switches it on or off in
mid-session changes the address under a session that goes on.

Incident: people were logged out of a webmail whenever their address changed, as by a VPN.
https://github.com/mailcow/mailcow-dockerized/pull/295
"""

from cookielab.stage import Scenario, Stage

EXIT = "vpn"


def play(stage: Stage) -> None:
    people = stage.people("alice", "bob@dave", "carol@gina")
    alice, network = people[0], stage.network

    means = network.enter_vpn(*people)
    stage.say(f"At home, in an office and in a cafe they enter the same VPN ({means}). They log in and write a note.")
    for person in people:
        person.login()
        person.write()
    for person in people:
        person.whoami()
        person.read()
    ways = [row for row in network.table(EXIT) if row.remote.endswith(f":{alice.port}")]
    inside = {row.inside.rpartition(":")[0] for row in ways}
    outside = {row.outside.rpartition(":")[0] for row in ways}
    stage.control(
        f"{len(inside)} hosts came through the exit, and the server sees {', '.join(sorted(outside))}",
        len(inside) == len(people) and len(outside) == 1,
    )

    stage.say("Alice leaves the VPN, and enters it again; the others stay.")
    network.leave_vpn(alice)
    alice.whoami()
    alice.read()
    out = network.outside(alice)
    stage.control(
        f"outside the VPN Alice comes from {out}",
        out is not None and bool(out) and out.rpartition(":")[0] not in outside,
    )
    network.enter_vpn(alice)
    for person in people:
        person.whoami()
        person.read()


SCENARIO = Scenario(
    id="vpn",
    title="one exit for all",
    summary="people of three networks come out of one VPN; one of them leaves it in mid-session and enters it again",
    exercises=("isolation", "steadiness"),
    must_break=("by_address",),
    incident="https://github.com/mailcow/mailcow-dockerized/pull/295",
    needs=("login", "whoami"),
    parts=("vpn",),
    capture="passive",  # outside the VPN mitmproxy would take Alice's connection
    remedy="recognise people by a random id that the server issued and finds in its own table, never by what they share",
    play=play,
)

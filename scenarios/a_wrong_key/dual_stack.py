"""The same browser, over IPv4 and over IPv6 in turns: whichever answers first. And its IPv6 address is a new one every time.

Browsers try both protocols and take the quicker one (RFC 8305), connection by connection. The gateway translates IPv4 and
routes IPv6 as it is; the host makes up temporary IPv6 addresses, so that nobody is followed by them (RFC 8981).

Incident: a DNS console threw people out whenever their address changed. https://github.com/pi-hole/FTL/issues/1779
"""

from cookielab.stage import Scenario, Stage

ROUNDS = 3


def play(stage: Stage) -> None:
    stage.on_both_protocols()
    alice, *others = stage.people("alice", "bob")
    network = stage.network

    stage.say("Over IPv4, Alice and Bob log in and write a note.")
    for person in (alice, *others):
        person.login()
        person.write()
        person.whoami()

    stage.say(
        "Alice's browser takes IPv6 for the next connection, and IPv4 for the one after. Each time it is another address."
    )
    came_from = set()
    for _ in range(ROUNDS):
        network.over_ipv6(alice)
        seen = alice.whoami()
        alice.read()
        came_from.add((seen.local or "").rpartition(":")[0] if seen else "")
        network.over_ipv4(alice)
        alice.whoami()
        alice.read()
        for bob in others:
            bob.whoami()
            bob.read()
    stage.control(
        f"Alice came from {len(came_from)} IPv6 addresses: {', '.join(sorted(came_from))}",
        len(came_from) == ROUNDS and all(address.startswith("[") for address in came_from),
    )


SCENARIO = Scenario(
    id="dual-stack",
    title="IPv4 and IPv6 in turns",
    summary="the same browser alternates between IPv4 and IPv6, whose addresses change each time",
    exercises=("steadiness", "isolation"),
    must_break=("by_address", "pinned_table"),
    incident="https://github.com/pi-hole/FTL/issues/1779",
    needs=("login", "whoami", "ipv6"),
    capture="passive",  # mitmproxy has no IPv6 address of its own to leave by
    remedy="do not tie a session to an address, and take none for a person; one browser has several at once",
    not_on={
        "docker": "its hosts get IPv6 addresses only when they start, and only where the daemon allows it; ENGINE=netns can"
    },
    play=play,
)

"""Alice goes from home to the office in mid-session: the same laptop and cookie, another public address. Bob stays at home.

Incidents: people were logged out of a webmail and of a DNS console whenever their address changed, since the session was
tied to it. https://github.com/mailcow/mailcow-dockerized/pull/295 and https://github.com/pi-hole/FTL/issues/1779
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    alice, bob = stage.people("alice", "bob")

    stage.say("At home, Alice logs in and writes a note.")
    alice.login()
    alice.write()
    alice.whoami()
    alice.read()

    stage.say("She takes her laptop to the office. Her public address changes, her cookie does not.")
    stage.network.roam(alice, "office")
    alice.whoami()
    alice.read()
    outside = stage.network.outside(alice)
    stage.control(f"Alice's connection leaves through the office gateway, as {outside}", bool(outside))

    stage.say("Bob has stayed at home. He comes for the first time, from the address that was hers.")
    bob.whoami()
    bob.read()

    stage.say("He logs in, both write, and both read.")
    bob.login()
    for person in (bob, alice):
        person.write()
    for person in (bob, alice):
        person.whoami()
        person.read()


SCENARIO = Scenario(
    id="roam",
    title="from home to the office",
    summary="Alice's public address changes in mid-session, her cookie does not; Bob stays at home",
    exercises=("steadiness", "isolation"),
    must_break=("by_address",),
    incident="https://github.com/mailcow/mailcow-dockerized/pull/295; https://github.com/pi-hole/FTL/issues/1779",
    needs=("login", "whoami"),
    remedy="do not tie a session to an address: people move, carriers change addresses, and a thief may share the address",
    play=play,
)

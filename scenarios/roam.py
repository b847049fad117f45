"""Alice goes from home to the office in mid-session: the same laptop and cookie, another public address. Bob stays.

Incidents: people were logged out of a webmail and of a DNS console whenever their address changed, since the session was
tied to it. https://github.com/mailcow/mailcow-dockerized/pull/295 and https://github.com/pi-hole/FTL/issues/1779
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    alice, bob = stage.people("alice", "bob")

    stage.say("At home, Alice and Bob log in and write a note each.")
    for person in (alice, bob):
        person.login()
        person.write()
    for person in (alice, bob):
        person.whoami()
        person.read()

    stage.say("Alice takes her laptop to the office. Her public address changes, her cookie does not.")
    stage.network.roam(alice, "office")
    alice.whoami()
    alice.read()
    at_office = stage.network.outside(alice)
    stage.control(f"Alice's connection leaves through the office gateway, as {at_office}", bool(at_office))

    stage.say("Bob, at home, has noticed nothing. Both write again, and read.")
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
    play=play,
)

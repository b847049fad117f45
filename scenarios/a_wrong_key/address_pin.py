"""A session that is good at one address alone: it throws out Alice, who moves, and not the thief next door, who stays.

Alice's cookie is copied by somebody behind her own address: the pin sees no difference. Then she takes her laptop to the
office and back, with the same cookie all the time, and it is she whom the pin takes for a thief.

Incident: a webmail ended the sessions of all whose address changed, until the check was taken out.
https://github.com/mailcow/mailcow-dockerized/pull/295
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")
    mallory = stage.stranger("mallory@bob")

    stage.say("Alice logs in at home and writes a note. Mallory, in the same house, has got a copy of her cookies.")
    alice.login()
    alice.write()
    alice.whoami()
    copied = False
    if alice.cookie_header:
        seen = mallory.forge(
            alice.cookie_header, about="a copy of alice's cookies, from her own address", verb="whoami"
        )
        copied = seen.sighting != "anonymous"

    stage.say("She takes her laptop to the office: another address, the same cookie.")
    stage.network.roam(alice, "office")
    moved = alice.whoami()
    if copied and moved is not None and moved.sighting == "anonymous":
        stage.observe(
            "the session is tied to an address: that refuses its owner, and not a thief behind the same address"
        )
    alice.read()
    alice.write()

    stage.say("She is asked once more, over a new connection.")
    alice.new_connection()
    alice.whoami()
    alice.read()


SCENARIO = Scenario(
    id="address-pin",
    title="a session tied to an address",
    summary="a known id comes from a new address: its owner has moved, and must not be thrown out",
    exercises=("steadiness",),
    must_break=("pinned_table",),
    incident="https://github.com/mailcow/mailcow-dockerized/pull/295",
    needs=("login", "whoami"),
    remedy="do not tie a session to an address: who moves is thrown out, and a thief may share the address",
    play=play,
)

"""Bob logs in in Alice's browser without logging her out first: he must be Bob then, with nothing of hers.

A server that takes the new name and keeps the rest of the session shows Bob what Alice had left there.

Incident: data of the previous user stayed in the session after a login as somebody else; Django flushes the session in
that case for this reason. https://docs.djangoproject.com/en/stable/topics/http/sessions/
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    alice, bob = stage.people("alice", "bob")

    stage.say("Alice logs in in her browser and writes a note.")
    alice.login()
    alice.write()
    alice.whoami()
    alice.read()

    stage.say("Bob has a note of his own, written at his own browser.")
    bob.login()
    bob.write()
    bob.whoami()

    stage.say("Bob logs in in Alice's browser. Nobody has logged out there.")
    switched = alice.login(user=bob.user)
    if switched is None or not switched.accepted:
        stage.observe("while somebody is logged in, nobody else can log in in the same browser")
    alice.whoami()
    alice.read()
    alice.visit()

    stage.say("At his own browser Bob is still Bob.")
    seen = bob.whoami()
    bob.read()
    if switched and switched.accepted and seen and seen.sighting == "anonymous":
        stage.observe("a login at another browser ends the user's session at the first one")


SCENARIO = Scenario(
    id="user-switch",
    title="another user in the same browser",
    summary="Bob logs in in Alice's browser without logout",
    exercises=("isolation", "steadiness"),
    must_break=("keeps_data",),
    incident="https://docs.djangoproject.com/en/stable/topics/http/sessions/",
    needs=("login", "whoami"),
    remedy="begin an empty session at every login; carry over by name what may stay, such as a language",
    play=play,
)

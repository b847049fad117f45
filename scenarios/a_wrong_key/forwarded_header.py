"""Mallory writes headers that a proxy would write: X-Forwarded-For, Forwarded, X-Real-IP, X-User. Nobody asked him to.

A server may believe such a header only from a proxy of its own that overwrites what clients send. (OWASP ASVS 5.0, 4.1.3.)

Incident: an identity that any client can write into a header is a class of its own, CWE-290.
https://cwe.mitre.org/data/definitions/290.html
"""

from cookielab.stage import Scenario, Stage
from cookielab.stage.forwarding import addresses, names


def play(stage: Stage) -> None:
    alice, *others = stage.people("alice", "bob")
    mallory = stage.stranger("mallory@dave")

    stage.say("Alice logs in at home and writes a note.")
    alice.login()
    alice.write()
    alice.whoami()

    stage.say("Mallory, elsewhere and logged in nowhere, pretends to come from Alice's address.")
    for name, value in addresses(stage.address_of(alice)):
        mallory.forge((), headers=((name, value),), about=f"{name}: {value}")

    stage.say("He pretends that a proxy has found out that he is Alice.")
    for name, value in names(alice.user):
        mallory.forge((), headers=((name, value),), about=f"{name}: {value}", verb="whoami")

    for bob in others:
        stage.say("Bob, logged in as himself, tries the same, and is still Bob.")
        bob.login()
        for name, value in names(alice.user):
            bob.forge(None, headers=((name, value),), about=f"{name}: {value}", verb="whoami")
        bob.whoami()
    alice.whoami()


SCENARIO = Scenario(
    id="forwarded-header",
    title="headers that a proxy would write",
    summary="a client forges X-Forwarded-For, Forwarded, X-Real-IP and user headers",
    exercises=("isolation", "authenticity"),
    must_break=("trusts_forwarded",),
    incident="https://cwe.mitre.org/data/definitions/290.html",
    needs=("login", "whoami"),
    remedy="believe such headers from your own proxy alone, and let it overwrite what clients send",
    play=play,
)

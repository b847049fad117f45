"""A proxy stands in front of the server and lends its connections: over the one that Alice logged in on, Bob's request comes.

Proxies and load balancers keep a few connections to the server and send each request over whichever is free (HAProxy's
`http-reuse always`, nginx's `keepalive`). A server that takes the connection for the person takes Bob for Alice.

Incident: logins that belong to the connection violate HTTP, with security problems as the result (RFC 9110, 3.3).
https://www.rfc-editor.org/rfc/rfc9110#section-3.3
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    stage.behind("haproxy-pooling")
    alice, bob = stage.people("alice", "bob@dave")

    stage.say("Alice, at home, logs in through the proxy and writes a note.")
    alice.login()
    alice.write()
    alice.whoami()

    stage.say("Bob, at the office, comes through the same proxy. He has never logged in.")
    bob.whoami()
    bob.read()

    stage.say("He logs in as himself, and both ask who they are, in turns.")
    bob.login()
    bob.write()
    for _ in range(2):
        alice.whoami()
        bob.whoami()
    alice.read()
    bob.read()


SCENARIO = Scenario(
    id="connection-identity",
    title="a connection that the proxy lends",
    summary="identity sits on the connection, and a proxy sends everybody's requests over it",
    exercises=("isolation", "steadiness"),
    must_break=("by_connection",),
    incident="https://www.rfc-editor.org/rfc/rfc9110#section-3.3",
    needs=("login", "whoami"),
    parts=("haproxy",),
    remedy="recognise each request by what it carries itself; nothing may hang on the connection",
    play=play,
)

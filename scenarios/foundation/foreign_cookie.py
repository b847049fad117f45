"""Another application on another port of the same host: its cookies arrive here, too, also in malformed company.

Browsers do not tell ports apart (RFC 6265, 8.5). So a Cookie header proves nothing, not even that this server has ever
seen the visitor; and what else stands in that header is not for this server to choose.

Incidents: the article (its author had phpMyAdmin on the same machine); two OctoPrints on one host logged each other's
users out. https://github.com/OctoPrint/OctoPrint/issues/1479
"""

from cookielab.stage import Scenario, Stage

MALFORMED = (
    ("prefs", '{"theme": "dark", "cols": [1, 2]}'),
    ("greeting", "grüß dich"),
    ("quoted", '"begun but never ended'),
    ("padded", "a=b=c=="),
    ("expires", "never"),
    ("empty", ""),
)
"""What other applications really put into cookies; many a parser gives up the whole header over one of them."""


def play(stage: Stage) -> None:
    alice, bob = stage.people("alice", "bob")

    neighbour = stage.neighbour()
    stage.say(f"On another port of the server's host runs {neighbour.name}. Alice opens it first.")
    alice.browse(neighbour)

    stage.say("Bob has never seen it. He visits our server, twice, and logs in.")
    bob.visit()
    bob.visit()
    bob.login()
    bob.whoami()

    stage.say("Alice comes to our server for the first time: her browser sends along what the neighbour gave her.")
    first = alice.whoami()
    stage.control("the neighbour's cookies arrived at our server", first is not None and first.cookies_sent is not None)
    alice.visit()
    alice.login()
    alice.whoami()

    stage.say(
        "She goes back to the neighbour and returns; the neighbour's cookies are new again, and Bob is still Bob."
    )
    alice.browse(neighbour)
    alice.whoami()
    bob.whoami()

    stage.say("More applications on that host leave cookies with her, one more malformed than the other.")
    for name, value in MALFORMED:
        alice.plant_cookie(name, value)
        alice.whoami()
    bob.whoami()


SCENARIO = Scenario(
    id="foreign-cookie",
    title="somebody else's cookies",
    summary="the browser visited another application on the same host; its cookies arrive here as well",
    exercises=("steadiness", "authenticity"),
    must_break=("as_published", "constant_cookie"),
    incident="https://github.com/OctoPrint/OctoPrint/issues/1479",
    needs=("login", "whoami"),
    remedy="look for your own cookie's name, and compare its value with your own table",
    play=play,
)

"""The carrier's gateway keeps cookies for its phones, by their addresses. Alice's phone goes off, and Bob's gets her address.

The server does everything right: its cookie is random, issued, found in the table. But it did not go to Alice's browser, it
went to a box on the way, and the box has mistaken Bob for her. Over TLS there is nothing that a box could keep.

Incident: in January 2010 a gateway of AT&T logged people into strangers' accounts at Facebook.
https://www.eff.org/es/deeplinks/2010/01/some-lessons-att-facebook
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    doors = stage.doors()
    alice, bob = stage.person("alice", "alice", "alice"), stage.stranger("bob@alice")
    stage.network.keep_cookies(alice)

    stage.say(
        "Through her carrier's gateway Alice goes where the server sends her, logs in, writes a note and reads it."
    )
    alice.arrive(doors)
    alice.login()
    alice.write()
    alice.whoami()
    alice.read()
    alice.close_browser()

    stage.say("Her phone goes off. The next one to get its address is Bob's, who has never been here.")
    bob.arrive(doors)
    bob.whoami()
    bob.read()

    stage.say("He logs in as himself, and leaves. Alice is back at the same address.")
    bob.login()
    bob.whoami()
    bob.close_browser()
    alice.whoami()
    alice.read()


SCENARIO = Scenario(
    id="gateway-jar",
    title="a gateway that keeps cookies",
    summary="the carrier's gateway keeps cookies for its phones, by address, and an address passes on",
    exercises=("isolation",),
    must_break=("speaks_http",),
    incident="https://www.eff.org/es/deeplinks/2010/01/some-lessons-att-facebook",
    needs=("login", "whoami", "tls"),
    capture="passive",  # two proxies in one gateway would be one too many
    remedy="speak TLS alone, and set `Secure` on the cookie: then no box on the way can keep it or give it away",
    play=play,
)

"""A proxy tells the server from where each connection comes. Mallory goes past the proxy, and tells it himself.

The PROXY protocol is one line before the first request. A server may take it from its own proxies alone; and an address in it
is still an address, which many people share.

Incident: an identity that a client can write by itself is CWE-290. https://cwe.mitre.org/data/definitions/290.html
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    stage.behind("haproxy-announcing")
    (alice,) = stage.people("alice")
    mallory = stage.past_the_front("mallory@dave")

    stage.say("Alice, at home, logs in through the proxy and writes a note.")
    alice.login()
    alice.write()
    alice.whoami()

    stage.say(
        "Mallory, elsewhere, goes to the server itself, and begins his connection as the proxy would, with Alice's address."
    )
    address = stage.network.public_address(alice)
    mallory.forge((), about="past the proxy, as himself", verb="whoami")
    mallory.begin_connections_with(f"PROXY TCP4 {address} {address} 40000 80\r\n")
    for verb in ("whoami", "read"):
        mallory.forge((), about=f"past the proxy, with a PROXY line that names {address}", verb=verb)

    stage.say("Alice is still Alice.")
    alice.whoami()
    alice.read()


SCENARIO = Scenario(
    id="proxy-protocol",
    title="a stranger who speaks like a proxy",
    summary="past the proxy somebody begins a connection with a PROXY line that names Alice's address",
    exercises=("isolation", "authenticity"),
    must_break=("trusts_proxy_header",),
    incident="https://cwe.mitre.org/data/definitions/290.html",
    needs=("login", "whoami"),
    parts=("haproxy",),
    own="a server speaks the PROXY protocol only where it is told to, which a profile cannot say yet",
    remedy="accept a PROXY line from your own proxy's address alone, and take no address for a person",
    play=play,
)

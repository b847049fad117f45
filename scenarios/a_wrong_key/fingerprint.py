"""Alice and Bob have the same laptop from the same employer: one address, one make of browser. Carol has brought her own.

A server that takes address and User-Agent for a person keeps Carol apart and makes one person of the other two. And when
Alice's browser is updated overnight, she is a stranger.

Incidents: people behind one NAT with the same browser were one visitor, https://github.com/lesterchan/wp-useronline/pull/18;
a browser that changed a little ended the session, https://github.com/cubecart/v6/issues/2763
"""

from cookielab.stage import Scenario, Stage

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"


def play(stage: Stage) -> None:
    alice, bob, *others = stage.people("alice", "bob", "carol")

    stage.say("Alice and Bob have the same browser on the same laptop. Carol, if she is there, has another one.")
    for person in (alice, bob):
        person.browse_with(FIREFOX.format(140))
    for person in others:
        person.browse_with(CHROME)

    stage.say("Alice logs in and writes a note. Bob comes after her, for the first time.")
    alice.login()
    alice.write()
    bob.whoami()

    stage.say("Bob and Carol log in and write as well. Then each of them asks who they are, and reads.")
    for person in (bob, *others):
        person.login()
        person.write()
    for person in (alice, bob, *others):
        person.whoami()
        person.read()

    stage.say("Overnight Alice's browser is updated. Her cookies are what they were.")
    alice.browse_with(FIREFOX.format(141))
    alice.whoami()
    alice.read()


SCENARIO = Scenario(
    id="fingerprint",
    title="two laptops of one make",
    summary="two people behind one address have the same browser; then one of them is updated",
    exercises=("isolation", "steadiness"),
    must_break=("by_fingerprint",),
    incident="https://github.com/lesterchan/wp-useronline/pull/18; https://github.com/cubecart/v6/issues/2763",
    needs=("login", "whoami"),
    remedy="recognise people by a random id in a cookie; what a browser calls itself is the same for many, and changes",
    play=play,
)

"""A session is pinned to an address, and the address comes from a header that the client writes: the pin holds nobody.

Somebody has copied Alice's cookie. From elsewhere the pin refuses it, as it should; with X-Forwarded-For and Alice's
address it is let in. So the pin throws out honest people who move, and lets in the one it was made against.

Incident: a well-known login extension takes the first element of X-Forwarded-For from whoever sends it.
https://flask-login.readthedocs.io/en/latest/#session-protection
"""

from cookielab.stage import Scenario, Stage
from cookielab.stage.forwarding import addresses


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")
    mallory = stage.stranger("mallory@dave")

    stage.say("Alice logs in at home and writes a note. Mallory, elsewhere, has got a copy of her cookies.")
    alice.login()
    alice.write()
    alice.whoami()
    copied = alice.cookie_header

    stage.say("He knocks without them, and then with them.")
    mallory.forge(
        (), headers=(("X-Forwarded-For", "127.0.0.1"),), about="no cookie, X-Forwarded-For: 127.0.0.1", verb="whoami"
    )
    plain = mallory.forge(copied, about="a copy of alice's cookies, from another address", verb="whoami")
    pinned = plain.sighting == "anonymous"
    stage.observe(f"a copy of the cookies is {'refused' if pinned else 'accepted'} at another address")

    stage.say("He tries them with headers that name Alice's address.")
    for name, value in addresses(stage.address_of(alice)):
        mallory.forge(
            copied, headers=((name, value),), about=f"pin: a copy of alice's cookies and {name}: {value}", verb="whoami"
        )


SCENARIO = Scenario(
    id="forged-pin",
    title="a pin that the client opens",
    summary="a session is pinned to an address, and a forged header opens it elsewhere",
    exercises=("authenticity",),
    must_break=("pin_by_header",),
    incident="https://flask-login.readthedocs.io/en/latest/#session-protection",
    needs=("login", "whoami"),
    of_cookies=True,
    remedy="pin sessions to nothing that clients write; better, pin them to nothing and protect the cookie",
    play=play,
)

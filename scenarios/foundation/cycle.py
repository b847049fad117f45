"""The cookie cycle: a first visit gets a cookie, the second one brings it back, and then the visitor is known.

A cookie without Max-Age ends with the browser; one with Max-Age outlives the browser, until its time is over.

Incident: the article that this lab answers. Its server gives everybody the same cookie, and does not answer the second
visit at all. https://www.hotconfig.com/http-python-understanding-the-cookie-header-cycle/
"""

from cookielab.stage import Person, Scenario, Stage

TEN_YEARS = 10 * 365 * 86_400
"""Seconds; longer than browsers keep any cookie."""


def play(stage: Stage) -> None:
    alice, bob, *others = stage.people("alice", "bob", "carol")

    stage.say("Alice comes for the first time, and then again.")
    alice.visit()
    alice.visit()

    stage.say("Bob comes for the first time, and then again.")
    bob.visit()
    bob.visit()

    stage.say("Alice closes her browser. A cookie with Max-Age outlives that: she is still known.")
    alice.close_browser()
    alice.visit()

    stage.say("Ten years later every cookie's time is over: she is new.")
    alice.advance_clock(TEN_YEARS)
    alice.visit()

    brief = stage.another_subject("--session-cookie")
    if brief is None:
        with_a_login(stage, alice, bob)
        return
    (carol,) = others
    stage.say("The same server with a cookie that has no Max-Age: Carol comes, and comes again.")
    carol.visit(at=brief)
    carol.visit(at=brief)

    stage.say("She closes her browser, and the cookie is gone with it: she is new.")
    carol.close_browser()
    carol.visit(at=brief)


def with_a_login(stage: Stage, alice: Person, bob: Person) -> None:
    """The same with people who log in: what the browser kept is theirs, what it lost they get anew."""
    stage.say("Both log in and write a note.")
    for person in (alice, bob):
        person.login()
        person.write()
        person.whoami()
        person.read()

    stage.say(
        "Both close their browsers and come back, some known and some not, as their cookies are; they log in again."
    )
    for person in (alice, bob):
        person.close_browser()
        person.whoami()
        person.login()
        person.whoami()
        person.read()

    stage.say("Ten years later every cookie's time is over: they log in once more.")
    for person in (alice, bob):
        person.advance_clock(TEN_YEARS)
        person.login()
        person.whoami()


SCENARIO = Scenario(
    id="cycle",
    title="the cookie cycle",
    summary="who comes back with the cookie is known, who has lost it is new",
    exercises=("continuity", "uniqueness"),
    must_break=("as_published", "constant_cookie"),
    incident="https://www.hotconfig.com/http-python-understanding-the-cookie-header-cycle/",
    needs=("login", "whoami"),
    remedy="give every visitor an id of their own, made at random, and count on nothing else",
    play=play,
)

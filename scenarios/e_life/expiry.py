"""A session ends after a while without use, and after a longer while whatever happens: by the server's clock.

A browser that is told Max-Age forgets the cookie in time. A copy of it forgets nothing, so the server has to know by itself
when the time is over. (OWASP ASVS 5.0, 7.3.1 and 7.3.2.) The lab moves the server's clock on; nobody waits.

Incident: https://github.com/hapijs/yar/issues/92
"""

from cookielab.stage import IDLE_SECONDS, LIFE_SECONDS, Scenario, Stage

A_WHILE = 5_000
"""Seconds, shorter than a session may be left unused."""


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")
    about = "a copy of a cookie whose time is over"

    stage.say("Alice logs in, and comes back within the time.")
    alice.login()
    stage.server_clock(A_WHILE)
    alice.whoami()
    copied = alice.cookie_header

    stage.say("She leaves, and nobody uses the session for too long. Somebody has a copy of her cookies.")
    stage.server_clock(IDLE_SECONDS + 60)
    alice.forge(copied, about=about, verb="whoami")
    alice.forge(copied, about=about, verb="read")

    stage.say("She logs in again and is never idle, until the session is as old as it may become.")
    alice.login()
    copied = alice.cookie_header
    for _ in range(LIFE_SECONDS // A_WHILE - 1):
        stage.server_clock(A_WHILE)
        alice.whoami()
    stage.server_clock(A_WHILE + 60)
    alice.forge(copied, about=about, verb="whoami")
    alice.forge(copied, about=about, verb="read")


SCENARIO = Scenario(
    id="expiry",
    title="a session whose time is over",
    summary="a copy of the cookie is tried after too long without use, and after the session's whole life",
    exercises=("finality",),
    must_break=("client_expiry_only",),
    incident="https://github.com/hapijs/yar/issues/92",
    needs=("login", "whoami", "read", "clock"),
    of_cookies=True,
    remedy="write down on the server when a session began and when it was last used, and look at both at each request",
    play=play,
)

"""Alice stays logged in on her laptop, and logs in briefly on the library's computer. Both browsers are closed.

At home she is still known, as she had asked. At the library the next reader sits down at the same browser, and must find
nobody there. And a logout ends the one login as it ends the other, whatever lifetime the cookie has.

Incident: "Remember me always remembers". https://github.com/IdentityServer/IdentityServer3/issues/3692
"""

from cookielab.stage import Person, Scenario, Stage


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")
    library = stage.second_device(alice, "alice at the library")

    stage.say(
        "On her laptop Alice asks to stay logged in, and writes a note. At the library she does not ask for that."
    )
    alice.login(lasting=True)
    alice.write()
    library.login(lasting=False)
    for browser in (alice, library):
        browser.whoami()
        browser.read()

    stage.say("Both browsers are closed and opened again. At home she is still known.")
    for browser in (alice, library):
        browser.close_browser()
    kept = alice.whoami()
    if kept is not None and kept.sighting == "anonymous":
        stage.observe("a lasting login ended with the browser")
    alice.read()

    stage.say("At the library the next reader sits down at the same browser.")
    reader = stage.successor(library, "the next reader")
    reader.whoami()
    reader.read()

    if stage.offers("logout"):
        stage.say("She logs out at home; then in and out at the library. Copies of the cookies from before are tried.")
        library.new_browser()
        library.login(lasting=False)
        for browser in (alice, library):
            leave(browser)


def leave(browser: Person) -> None:
    """Logs out, and tries what the browser held before."""
    browser.whoami()
    copied = browser.cookie_header
    browser.logout()
    if copied:
        browser.forge(copied, about="the cookies from before the logout", verb="whoami")


SCENARIO = Scenario(
    id="remember-me",
    title="stay logged in, or not",
    summary="a lasting login and a brief one; the brief one ends with the browser, both end at logout",
    exercises=("isolation", "steadiness", "finality"),
    must_break=("one_lifetime",),
    incident="https://github.com/IdentityServer/IdentityServer3/issues/3692",
    needs=("login", "whoami", "remember"),
    of_cookies=True,
    remedy="give the cookie a Max-Age only where people ask to stay logged in, and keep the session's end on the server",
    play=play,
)

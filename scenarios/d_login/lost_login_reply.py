"""Alice logs in, and the reply gets lost on the way: the server has given her a new id, and her browser has still the old one.

She must get in when she tries again. But the old id alone may open nothing, neither in between nor afterwards: whoever had
planted or copied it before her login would be in with it. So a grace for lost replies has to ask for the password once more.

Incidents: PHP's manual warns that networks lose the reply that carries a new id,
https://www.php.net/manual/en/function.session-regenerate-id.php; a migration left the old id good for a while,
https://github.com/liuch/dmarc-srg/pull/188
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")
    mallory = stage.stranger("mallory@dave")

    stage.say("Alice opens the site, before any login. Mallory gets to know her id of then.")
    alice.visit()
    alice.whoami()
    if not alice.session():
        alice.open_login()
    before = "; ".join(f"{name}={value}" for name, value in alice.session())

    stage.say("She logs in. The server does it, and its reply is lost. Mallory tries the id from before.")
    if alice.login_unheard() is None:
        stage.undecided("this login sends no request whose reply could be lost")
        return
    if before:
        seen = mallory.forge(before, about="the id from before the login whose reply was lost", verb="whoami")
        if seen.sighting in {"this", "another"}:
            stage.observe("after a lost reply the id from before the login opens the session, without a password")

    stage.say("She tries again, and this time the reply arrives. She is in, and writes a note.")
    alice.login()
    alice.whoami()
    alice.write()
    alice.read()

    if before:
        stage.say("The id from before the login opens nothing, however often it is tried.")
        for _ in range(2):
            mallory.forge(before, about="the id from before the login", verb="whoami")
        if stage.offers("clock"):
            stage.say("And nothing a minute later, when every grace is over.")
            stage.server_clock(61)
            mallory.forge(before, about="the id from before the login, after the grace", verb="whoami")
    alice.whoami()

    if stage.offers("logout"):
        stage.say(
            "She logs out. Neither the id from before the login nor the one from before the logout is good for anything."
        )
        copied = alice.cookie_header
        alice.logout()
        for cookies in filter(None, (before, copied)):
            mallory.forge(cookies, about="an id from before the logout", verb="whoami")


SCENARIO = Scenario(
    id="lost-login-reply",
    title="a login whose reply is lost",
    summary="the reply that carries the new id is lost; she gets in again, and the old id alone opens nothing",
    exercises=("steadiness", "finality"),
    must_break=("open_grace",),
    incident="https://www.php.net/manual/en/function.session-regenerate-id.php; https://github.com/liuch/dmarc-srg/pull/188",
    needs=("login", "whoami"),
    of_cookies=True,
    remedy="at login delete the old id at once; a grace for lost replies must ask for the password again",
    play=play,
)

"""The id from before a login is tried after it: whoever knew it then must gain nothing now.

A new id at login is half of the remedy. The other half is that the old one dies; some servers issue the new one and let
both live. (OWASP ASVS 5.0, 7.2.4.)

Incident: a session library kept the old session's record after regenerating its id, CVE-2022-25896 (passport).
https://nvd.nist.gov/vuln/detail/CVE-2022-25896
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")

    stage.say("Alice opens the site, before any login.")
    alice.visit()
    alice.whoami()
    if not alice.session():
        alice.open_login()
    before = alice.session()

    stage.say("She logs in and writes a note.")
    alice.login()
    alice.whoami()
    alice.write()

    if before:
        stage.say("The cookies from before the login are tried.")
        tried = "; ".join(f"{name}={value}" for name, value in before)
        for _ in range(2):
            alice.forge(tried, about="the id from before the login", verb="whoami")

    if not before and not stage.offers("logout"):
        stage.undecided(
            f"there was no session before the login that could live on; a logout would give one: {stage.lacking('logout')}",
            "finality",
        )
    if stage.offers("logout"):
        stage.say("She logs out and in again. The id of the first login is tried.")
        first = "; ".join(f"{name}={value}" for name, value in alice.session())
        alice.logout()
        alice.login()
        alice.whoami()
        if first:
            alice.forge(first, about="the id from before the second login", verb="whoami")


SCENARIO = Scenario(
    id="old-id-alive",
    title="the id from before the login",
    summary="the id that a browser had before its login is tried after it",
    exercises=("finality",),
    must_break=("keeps_old_id",),
    incident="https://nvd.nist.gov/vuln/detail/CVE-2022-25896",
    needs=("login", "whoami"),
    of_cookies=True,
    remedy="at login issue a new id and delete the old one from the table in the same step",
    play=play,
)

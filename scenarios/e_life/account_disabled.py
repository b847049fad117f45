"""Alice changes her password, perhaps because somebody knows it. Are the sessions on her other devices still good?

People must at least have the choice (OWASP ASVS 5.0, 7.4.3). It is told what happens; where the profile says
`survives: []`, sessions that live on are a break.

Incident: of twelve applications that were measured for this lab five left all other sessions alive.
https://owasp.org/www-project-application-security-verification-standard/
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")
    tablet = stage.second_device(alice, "alice's tablet")

    stage.say("Alice logs in on her laptop and on her tablet.")
    for device in (alice, tablet):
        device.login()
        device.whoami()
    before, others = alice.cookie_header, tablet.cookie_header

    stage.say("On the laptop she changes her password.")
    changed = alice.change_password()
    if changed is None or not changed.accepted:
        stage.undecided(f"the password could not be changed: {alice.why or 'the server refused it'}", "finality")
        return
    stays = alice.whoami()

    stage.say("The tablet's cookies are tried, and the laptop's from before the change.")
    tries = {"another device is": others, "the cookies from before the change are": before}
    for what, cookies in tries.items():
        seen = alice.forge(cookies, about=f"after a changed password: what {what} worth", verb="whoami")
        stage.observe(f"after a changed password {what} {'still in' if seen.sighting == 'this' else 'out'}")
    if stays is not None and stays.view is not None and stays.view.sighting != "this":
        stage.observe("who changes the password is logged out by it")

    stage.say("She changes it back.")
    alice.login()
    if kept := alice.restore_password():
        stage.observe(f"{alice.user}'s password could not be changed back ({alice.why}): it is now {kept}")


SCENARIO = Scenario(
    id="account-disabled",
    title="a changed password",
    summary="after a changed password, are other devices still logged in?",
    exercises=("finality",),
    must_break=("no_user_index",),
    incident="https://owasp.org/www-project-application-security-verification-standard/",
    needs=("login", "whoami", "change_password"),
    promised={"finality": "!password"},
    remedy="keep a list of each user's sessions, and end them when the password changes",
    play=play,
)

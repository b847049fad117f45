"""Alice logs out. Somebody has a copy of her cookie from before, and tries it: it must be worth nothing any more.

A server that keeps the session in the cookie itself, signed, has nothing that it could delete: the logout takes the
cookie out of Alice's browser and nowhere else. (OWASP ASVS 5.0, 7.4.1.)

Incident: sessions that live on after logout are a class of their own, CWE-613; Flask's documentation says of its signed
cookie that it cannot be revoked. https://cwe.mitre.org/data/definitions/613.html
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")
    tablet = stage.second_device(alice, "alice's tablet")

    stage.say("Alice logs in on her laptop and on her tablet, and writes a note.")
    for device in (alice, tablet):
        device.login()
        device.whoami()
    alice.write()
    copied = alice.cookie_header

    stage.say("She logs out on the laptop, and is nobody there.")
    alice.logout()
    alice.whoami()

    stage.say("A copy of the laptop's cookies from before the logout is tried, twice, from behind the same address.")
    for _ in range(2):
        alice.forge(copied, about="the cookies from before the logout", verb="whoami")
    if stage.offers("read"):
        alice.forge(copied, about="the cookies from before the logout", verb="read")

    there = tablet.whoami()
    if there is not None and there.view is not None:
        stays = there.view.sighting == "this"
        stage.observe(
            f"the logout on one device {'leaves another one logged in' if stays else 'ends the other one as well'}"
        )

    if stage.foreign and not stage.calm:
        stage.say(
            "She logs in on her phone, takes it to the office, and logs out there. A copy of its cookies is tried."
        )
        # not on her laptop: that may get its old id again, which is another story
        phone = stage.second_device(alice, "alice's phone")
        phone.login()
        phone.whoami()
        copied = phone.cookie_header
        stage.network.roam(phone, "office")
        phone.logout()
        phone.forge(copied, about="the cookies from before the logout", verb="whoami")
        phone.new_connection()  # ends where it began: its last packets would else take the way of home


SCENARIO = Scenario(
    id="replay-after-logout",
    title="the old cookie after the logout",
    summary="a copy of the cookie from before the logout is tried after it",
    exercises=("finality",),
    must_break=("signed_cookie",),
    incident="https://cwe.mitre.org/data/definitions/613.html",
    needs=("login", "whoami", "logout"),
    of_cookies=True,
    remedy="keep the session on the server and delete it there at logout; a cookie that proves itself cannot be taken back",
    play=play,
)

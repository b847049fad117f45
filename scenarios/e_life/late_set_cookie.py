"""Alice logs out while a page of hers is under way, and the page's reply comes last, with a cookie: who is she now?

Servers that roll their cookies set one with every reply. The reply to the page arrives after that of the logout, and puts
a cookie into the browser that the logout had taken out of it. If that cookie is good for anything, she is logged in again,
on a computer that she believes to have left.

Incident: https://github.com/auth0/express-openid-connect/issues/446
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")

    for _ in range(min(stage.tries, alice.patience)):
        stage.say("Alice logs in, at a browser that nobody has used.")
        alice.new_browser()  # an old one may get its old id again, which is another story
        alice.login()
        alice.whoami()

        stage.say("She opens the front page; its reply takes its time. She logs out in another tab.")
        with stage.gate("answered", alice, "visit"):
            copied = alice.cookie_header
            alice.logout()

        stage.say(
            "The front page's reply has come last. Who does the server take her for, and for whom a copy of before?"
        )
        alice.whoami()
        alice.forge(copied, about="the cookies from before the logout", verb="whoami")


SCENARIO = Scenario(
    id="late-set-cookie",
    title="a cookie that comes late",
    summary="a reply that sets a cookie arrives after the logout; the cookie must be worth nothing",
    exercises=("finality",),
    must_break=("rolling_cookie",),
    incident="https://github.com/auth0/express-openid-connect/issues/446",
    needs=("login", "whoami", "logout"),
    repeated=True,
    of_cookies=True,
    remedy="let the server's table say whether a session is still there before a reply renews its cookie",
    play=play,
)

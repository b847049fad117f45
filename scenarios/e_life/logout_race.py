"""Alice logs out while another request of hers is under way. When that one is over the session must not be there again.

The request has loaded the session before the logout. A server that writes it back at the end writes back what has been
deleted in between: Alice is told that she is logged out, and her old cookie is as good as before.

Incident: Django's sessions came back in this way until 1.10. https://code.djangoproject.com/ticket/21608
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")

    for _ in range(min(stage.tries, alice.patience)):
        stage.say("Alice logs in, at a browser that nobody has used.")
        alice.new_browser()  # an old one may get its old id again, which is another story
        alice.login()
        alice.whoami()

        stage.say("A request of hers has been answered and is not over yet. She logs out in another tab.")
        with stage.gate("answered", alice, "whoami"):
            copied = alice.cookie_header
            alice.logout()

        stage.say("The request is over, too. A copy of the cookies from before the logout is tried, twice.")
        for _ in range(2):
            alice.forge(copied, about="the cookies from before the logout", verb="whoami")


SCENARIO = Scenario(
    id="logout-race",
    title="a logout overtakes a request",
    summary="a request that is under way during the logout must not bring the session back",
    exercises=("finality",),
    must_break=("whole_blob_writer",),
    incident="https://code.djangoproject.com/ticket/21608",
    needs=("login", "whoami", "logout"),
    repeated=True,
    of_cookies=True,
    remedy="change a session only where it still is, in one step with looking for it; never insert what was loaded before",
    play=play,
)

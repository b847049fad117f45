"""Two tabs of Alice's ask at the same time, with the same cookie. Neither may be thrown out, whichever renews it first.

Ids that are renewed at each use are meant against thieves: who comes with a used one has stolen it. But a browser has one
cookie for all its tabs, and a page asks for several things at once, so honest people come with used ones every day.

Incident: https://github.com/opendefender/OpenRisk/issues/700
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")

    stage.say("Alice logs in.")
    alice.login()
    alice.whoami()

    for _ in range(stage.tries):
        stage.say(
            "One tab asks for a page. Before it has its reply the other tab asks who she is, with the same cookie."
        )
        with stage.gate("identified", alice, "visit"):
            alice.whoami()

        stage.say("Both have been answered. She goes on, with whatever cookie her browser has now.")
        alice.whoami()


SCENARIO = Scenario(
    id="refresh-race",
    title="two tabs renew one cookie",
    summary="two tabs send the same cookie at once; neither may be thrown out",
    exercises=("steadiness",),
    must_break=("single_use_refresh",),
    incident="https://github.com/opendefender/OpenRisk/issues/700",
    needs=("login", "whoami"),
    repeated=True,
    remedy="leave the id as it is between logins; who wants to renew it lets the old one live for some seconds more",
    play=play,
)

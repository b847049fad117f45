"""Alice ends all her other sessions by a new password, and one of them is in the middle of a request. It must end as well.

That one is perhaps the thief's. A server that goes through a list of sessions misses what is not on the list at that
moment, and what is written back afterwards.

Incident: a session that was ended from a list, and lives again by a request that was under way.
https://github.com/tj/connect-redis/issues/328
"""

from cookielab.stage import Scenario, Stage

MOST = 3
"""Tries at a server that is not the lab's: each changes a password, and needs two logins."""


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")
    tablet, phone = (stage.second_device(alice, f"alice's {device}") for device in ("tablet", "phone"))

    for _ in range(min(stage.tries, MOST)):
        stage.say("Alice logs in on her laptop, her tablet and her phone.")
        for device in (alice, tablet, phone):
            device.new_browser()
            device.login()
            device.whoami()
        others = {device.name: device.cookie_header for device in (tablet, phone)}

        stage.say(
            "A request of the tablet's has been answered and is not over yet. On the laptop she changes her password."
        )
        with stage.gate("answered", tablet, "whoami"):
            changed = alice.change_password()
        if changed is None or not changed.accepted:
            stage.undecided(f"the password could not be changed: {alice.why or 'the server refused it'}", "finality")
            return

        stage.say("The tablet's request is over. The cookies of both other devices are tried.")
        for name, cookies in others.items():
            seen = alice.forge(cookies, about=f"after a changed password: {name}'s cookies", verb="whoami")
            stage.observe(f"after a changed password {name} is {'still in' if seen.sighting == 'this' else 'out'}")

        stage.say("She changes it back.")
        alice.login()
        if kept := alice.restore_password():
            stage.observe(f"{alice.user}'s password could not be changed back ({alice.why}): it is now {kept}")
            return


SCENARIO = Scenario(
    id="logout-everywhere",
    title="all sessions but one are ended",
    summary="a changed password ends all other sessions, also one that is in the middle of a request",
    exercises=("finality",),
    must_break=("forgets_one",),
    incident="https://github.com/tj/connect-redis/issues/328",
    needs=("login", "whoami", "change_password"),
    promised={"finality": "!password"},
    repeated=True,
    of_cookies=True,
    remedy="keep the list of a user's sessions where requests cannot take them off it, and write to none that is gone",
    play=play,
)

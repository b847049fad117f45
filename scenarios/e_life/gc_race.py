"""Old sessions are swept out while Alice comes back to hers in time. She has used it, so the sweeper must leave it.

Bob's request is one at which the server sweeps, as many do now and then. It looks which sessions are old, and later throws
out those that are. Alice uses hers between the two, when it is nearly too old and not yet.

Incident: https://github.com/spring-projects/spring-session/issues/93
"""

from cookielab.stage import IDLE_SECONDS, Scenario, Stage

NEARLY = IDLE_SECONDS - 200
"""Seconds after which a session that nobody uses still lives for a moment."""


def play(stage: Stage) -> None:
    alice, bob = stage.people("alice", "bob")

    stage.say("Alice logs in, and is away for nearly as long as a session may be left unused. Bob logs in meanwhile.")
    alice.login()
    stage.server_clock(NEARLY)
    bob.login()

    stage.say("Bob opens the front page. While the server is at it Alice comes back in time.")
    with stage.gate("identified", bob, "visit"):
        alice.whoami()
        stage.server_clock(400)

    stage.say("Bob has his page. Alice goes on: she has been here a few minutes ago.")
    alice.whoami()
    bob.whoami()


SCENARIO = Scenario(
    id="gc-race",
    title="swept out while in use",
    summary="a session is used while old ones are swept out; it must stay",
    exercises=("steadiness",),
    must_break=("unchecked_sweeper",),
    incident="https://github.com/spring-projects/spring-session/issues/93",
    needs=("login", "whoami", "clock"),
    remedy="look and delete in one step: delete where it is old, not what was found to be old",
    play=play,
)

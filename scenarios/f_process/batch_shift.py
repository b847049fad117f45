"""Three requests are looked up together, and one of the three has no session. The others must not move up by one.

A batch has an answer for each that was found. Whoever pairs questions and answers by their order, and not by their keys,
gives everybody behind a hole what belongs to the next one.

Incident: users saw pictures of other people's cameras, Wyze, February 2024.
https://9to5google.com/2024/02/19/wyze-camera-thumbnails-breach
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    alice, bob = stage.people("alice", "bob")
    stranger = stage.stranger("mallory@carol")

    stage.say("Alice and Bob log in, and write a note each.")
    for person in (alice, bob):
        person.login()
        person.write()
        person.whoami()

    for _ in range(stage.tries):
        stage.say("A stranger without a session asks, Alice reads her note, and Bob asks: three requests at a time.")
        with stage.gate("identified", stranger, "whoami"), stage.gate("identified", alice, "read"):
            bob.whoami()

    stage.say("Afterwards everybody is who they were.")
    for person in (stranger, alice, bob):
        person.whoami()


SCENARIO = Scenario(
    id="batch-shift",
    title="a batch with a hole",
    summary="three requests are looked up together, one of them has no session, and nobody gets the answer of the next one",
    exercises=("isolation",),
    must_break=("zipped_batch",),
    incident="https://9to5google.com/2024/02/19/wyze-camera-thumbnails-breach",
    needs=("login", "whoami", "write", "read"),
    repeated=True,
    remedy="ask for a mapping from key to answer; where lists are paired, zip(strict=True)",
    play=play,
)

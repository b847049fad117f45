"""One request counts Alice's visit, another one saves her note: two keys of one session. Both must be there afterwards.

The visit comes first and ends last: it has loaded the session before the note was in it. If it writes all of it back, the
note that was acknowledged in between is gone. No two writers are in conflict here, for each has changed a key of its own.
`two-tabs` tries the same at any server; here it is certain, as the lab's gates hold the visit.

Incident: lost updates of sessions by concurrent requests are an old acquaintance; Laravel has a lock for it that one has to
ask for. https://laravel.com/docs/session#session-blocking
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")

    stage.say("Alice logs in and writes a first note.")
    alice.login()
    alice.write()
    alice.visit()

    stage.say(
        "She opens the front page. Before the server has counted the visit she saves another note, in another tab."
    )
    with stage.gate("identified", alice, "visit"):
        alice.write()
        alice.read()

    stage.say("The visit is over. She reads her note.")
    alice.read()

    stage.say("The other way round: while her note is under way she visits, and both are there.")
    with stage.gate("identified", alice, "write"):
        alice.visit()
    alice.read()
    alice.visit()


SCENARIO = Scenario(
    id="lost-update",
    title="two requests change one session",
    summary="a note is saved while a visit is being counted; each changes a key of its own, and none may be lost",
    exercises=("durability",),
    must_break=("whole_blob_writer",),
    incident="https://laravel.com/docs/session#session-blocking",
    needs=("login", "write", "read", "gates"),
    remedy="write what has changed, not the whole session; or compare and set",
    play=play,
)

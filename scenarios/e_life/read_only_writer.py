"""Alice saves a note while another request only reads. A reader changes nothing, so the note must stay.

Many servers save the session after every request, to note that it was used. Then the reader saves it as it was when the
reader came, which takes back the note that was acknowledged in between.

Incident: https://github.com/bbangert/beaker/issues/9
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")

    stage.say("Alice logs in and writes a first note.")
    alice.login()
    alice.write()
    alice.read()

    for _ in range(stage.tries):
        stage.say("A request that only asks who she is has been answered and is not over yet. She saves another note.")
        with stage.gate("answered", alice, "whoami"):
            alice.write()

        stage.say("The reader is gone. She reads her note.")
        alice.read()


SCENARIO = Scenario(
    id="read-only-writer",
    title="a reader that writes",
    summary="a note is saved while a request that only reads is under way; it must not be lost",
    exercises=("durability",),
    must_break=("refresh_writer",),
    incident="https://github.com/bbangert/beaker/issues/9",
    needs=("login", "whoami", "write", "read"),
    repeated=True,
    remedy="note the time of the last use by itself, and save nothing else that the request did not change",
    play=play,
)

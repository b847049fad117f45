"""Two tabs of Alice's work at the same time: one saves a note while the other one loads pages. The note must stay saved.

A server that loads the whole session, changes something and writes all of it back loses what the other request wrote in
between: the last one to write wins, and an acknowledged note is gone.

Incident: lost updates of sessions by concurrent requests are an old acquaintance;
Rails tells of it in its guide. https://guides.rubyonrails.org/security.html#session-storage
"""

from cookielab.stage import Scenario, Stage

PAGES = 4
"""Pages that the other tab loads while the note is saved."""


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")

    stage.say("Alice logs in and writes a first note.")
    alice.login()
    alice.write()
    alice.read()

    stage.say("Again and again she saves a note in one tab while the other one loads pages; then she reads it.")
    for _ in range(stage.tries):
        with stage.gate("identified", alice, "visit"):
            alice.at_once(*(["visit"] * PAGES), "write", *(["visit"] * PAGES))
        alice.read()


SCENARIO = Scenario(
    id="two-tabs",
    title="two tabs at once",
    summary="a note is saved in one tab while another one loads pages; it must not be lost",
    exercises=("durability",),
    must_break=("whole_blob_writer",),
    incident="https://guides.rubyonrails.org/security.html#session-storage",
    needs=("login", "write", "read"),
    repeated=True,
    remedy="write what has changed, not the whole session; or compare and set",
    play=play,
)

"""The server restarts, and Alice's old cookie comes back: it may have ended, but it may open nobody else's session.

Ids that are counted, or made from the process and the clock, begin again after a restart. Then the next one to log in gets
the id that Alice still holds. Sessions that end with the process are a design and are told; the profile's
`survives: [restart]` makes them a promise.

Incident: counters and clocks as ids are CWE-340. https://cwe.mitre.org/data/definitions/340.html
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    alice, bob = stage.people("alice", "bob")

    stage.say("Alice logs in and writes a note.")
    alice.login()
    alice.write()
    alice.whoami()

    stage.say("The server is restarted. Bob, who was never here, comes and logs in.")
    if not stage.restart():
        stage.undecided("this server is not started by the lab, so it was not restarted; give `run:` in the profile")
        return
    bob.visit()
    bob.login()
    bob.write()
    bob.whoami()

    stage.say("Alice comes back with the cookie from before.")
    back = alice.whoami()
    if back is not None and back.view is not None:
        kept = back.view.sighting == "this"
        stage.observe(f"sessions {'survive' if kept else 'end with'} the server's process")
    alice.read()

    stage.say("She logs in again.")
    alice.login()
    alice.whoami()
    bob.whoami()
    bob.read()


SCENARIO = Scenario(
    id="restart",
    title="the server restarts",
    summary="after a restart the old cookie comes back; it may open nobody else's session",
    exercises=("isolation", "steadiness"),
    must_break=("memory_counter",),
    incident="https://cwe.mitre.org/data/definitions/340.html",
    needs=("login", "whoami"),
    promised={"steadiness": "restart"},
    remedy="make ids at random, so that none comes twice, whatever the process; keep sessions where a restart leaves them",
    play=play,
)

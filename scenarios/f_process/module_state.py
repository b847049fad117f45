"""Alice's page is made from a variable of a module, and the next page by the same process. Nothing of hers may be left there.

On the server a module lives as long as the process, and serves everybody.

Incident: frameworks for rendering on the server warn of state that requests share.
https://vuejs.org/guide/scaling-up/ssr.html#cross-request-state-pollution
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    alice, bob = stage.people("alice", "bob")
    stranger = stage.stranger("mallory@carol")

    stage.say("Alice logs in, and looks around.")
    alice.login()
    alice.write()
    alice.visit()
    alice.whoami()

    stage.say("Then somebody comes who has never been here.")
    stranger.visit()
    stranger.whoami()

    stage.say("Bob opens the page, and logs in afterwards. The stranger comes again.")
    bob.visit()
    bob.whoami()
    bob.login()
    bob.whoami()
    stranger.whoami()
    alice.whoami()


SCENARIO = Scenario(
    id="module-state",
    title="a module that remembers",
    summary="what was shown to Alice is not left over for whoever comes next",
    exercises=("isolation",),
    must_break=("module_state",),
    incident="https://vuejs.org/guide/scaling-up/ssr.html#cross-request-state-pollution",
    needs=("login", "whoami"),
    remedy="make what a page is made from anew for each request",
    play=play,
)

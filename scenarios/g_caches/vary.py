"""Pages may be kept for a minute, and the cache is not told that they depend on the cookie: it has one page for all.

Incident: pages for people who were logged in were kept without Vary. https://github.com/ckan/ckan/issues/6955
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    stage.behind("nginx-caching")
    alice, bob = stage.people("alice", "bob@dave")

    stage.say("Alice and Bob log in, each at a place of their own, and write a note.")
    for person in (alice, bob):
        person.login()
        person.write()

    stage.say("They ask who they are and read their notes, in turns, within the minute.")
    for person in (alice, bob, alice, bob):
        person.whoami()
        person.read()


SCENARIO = Scenario(
    id="vary",
    title="a cache that does not know about cookies",
    summary="a shared cache may keep a page for a minute and looks it up by its address alone",
    exercises=("isolation",),
    must_break=("no_vary",),
    incident="https://github.com/ckan/ckan/issues/6955",
    needs=("login", "whoami"),
    parts=("nginx",),
    remedy="say `Cache-Control: private`, or `Vary: Cookie` if a shared cache is to keep a page for each person",
    play=play,
)

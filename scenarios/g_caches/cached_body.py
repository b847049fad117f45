"""A cache in front of the server may keep what says nothing about caching: Alice's page is shown to Bob.

The cache does what RFC 9111, 4.2.2 allows it. The server said nothing, and in development there was no cache.

Incident: a CDN that was switched on by mistake kept all replies without such headers, in March 2026; and a shop's app showed
people each other's data for half an hour, in May 2021 (https://www.klarna.com/international/blog/may-27-incident-report/).
https://blog.railway.com/p/incident-report-march-30-2026-accidental-cdn-caching
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    cache = stage.behind("nginx-caching")
    alice, bob = stage.people("alice", "bob@dave")

    stage.say("Alice logs in, writes a note and reads it.")
    alice.login()
    alice.write()
    alice.read()
    alice.whoami()

    stage.say("Bob logs in at the office, writes a note and reads it.")
    bob.login()
    bob.write()
    kept = cache.kept(bob.read())
    stage.observe(f"the note that Bob gets {'comes out of the cache' if kept else 'is read for him'}")
    bob.whoami()

    stage.say("The cache is emptied. Bob comes first, and then Alice.")
    cache.purge()
    for person in (bob, alice):
        person.read()
        person.whoami()


SCENARIO = Scenario(
    id="cached-body",
    title="a personal page in the cache",
    summary="a shared cache keeps a personal page that says nothing about caching",
    exercises=("isolation",),
    must_break=("silent_cache_headers",),
    incident="https://blog.railway.com/p/incident-report-march-30-2026-accidental-cdn-caching",
    needs=("login", "whoami"),
    parts=("nginx",),
    remedy="say `Cache-Control: no-store` or `private` with everything that is made for one person",
    play=play,
)

"""Alice and Bob ask for the same page at once, and the cache has it not: it asks the server once, and gives both the reply.

Caches do so to spare the server ("collapsed requests", RFC 9111, 4). It is right for what may be shared. For a personal page
it is enough that nothing forbids it: there is no stale copy that a purge would remove, the reply was never old.

Incident: what a cache may do with two requests and one reply is in the standard.
https://www.rfc-editor.org/rfc/rfc9111#section-4
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    cache = stage.behind("varnish-caching")
    alice, bob = stage.people("alice", "bob@dave")

    stage.say("Alice and Bob log in, each at a place of their own, and write a note.")
    for person in (alice, bob):
        person.login()
        person.write()

    stage.say("Both read their notes at the same moment, and then ask at the same moment who they are.")
    cache.purge()
    stage.together(alice.read, bob.read)
    stage.together(alice.whoami, bob.whoami)


SCENARIO = Scenario(
    id="coalescing",
    title="two requests, one reply",
    summary="two misses at once become one request to the server, whose reply both get",
    exercises=("isolation",),
    must_break=("silent_cache_headers",),
    incident="https://www.rfc-editor.org/rfc/rfc9111#section-4",
    needs=("login", "whoami"),
    parts=("varnish",),
    remedy="say `Cache-Control: no-store` or `private`: what must not be shared is not collapsed either",
    play=play,
)

"""A cache in front of the server keeps a page together with the cookie that it sets: whoever comes next is logged in as Alice.

Incident: renewed session cookies on two routes that a CDN kept gave people others' sessions, in March 2023.
https://www.loom.com/blog/march-7-incident-update
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    cache = stage.behind("varnish-caching")
    alice, bob, carol = stage.people("alice", "bob@dave", "carol")

    stage.say("Alice logs in, writes a note and opens the front page.")
    alice.login()
    alice.write()
    alice.visit()
    alice.whoami()

    stage.say("Bob, at the office, opens the front page, and asks who he is.")
    kept = cache.kept(bob.visit())
    stage.observe(f"the front page that Bob gets {'comes out of the cache' if kept else 'is made for him'}")
    bob.whoami()
    bob.read()

    stage.say("The cache is emptied. Carol opens the front page, and logs in.")
    cache.purge()
    carol.visit()
    carol.login()
    carol.whoami()
    alice.whoami()


SCENARIO = Scenario(
    id="cached-set-cookie",
    title="a cookie in the cache",
    summary="a shared cache keeps a page with the cookie that it sets",
    exercises=("isolation", "uniqueness"),
    must_break=("cacheable_login",),
    incident="https://www.loom.com/blog/march-7-incident-update",
    needs=("login", "whoami", "visit"),
    parts=("varnish",),
    remedy="say `Cache-Control: no-store` with each reply that sets a cookie, and let the cache refuse such replies",
    play=play,
)

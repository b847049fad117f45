"""The front page sends newcomers on, for good, and gives them a cookie on the way. The cache keeps the redirect, cookie and all.

Nobody thinks of a redirect as a page. But a 301 may be kept without a word about it (RFC 9110, 15.1), and then all newcomers
have one id; whoever logs in under it logs all of them in, where the login keeps the id.

Incident: lasting redirects without a word to caches were shared by people with and without a login.
https://github.com/damoang/angple/pull/1561
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    cache = stage.behind("varnish-caching")
    alice, bob = stage.people("alice", "bob@dave")

    stage.say("Alice opens the front page for the first time, and Bob, at the office, does the same.")
    alice.visit()
    kept = cache.kept(bob.visit())
    stage.observe(f"the reply that Bob gets {'comes out of the cache' if kept else 'is made for him'}")

    stage.say("Both log in, and ask who they are.")
    for person in (alice, bob):
        person.login()
        person.whoami()
    alice.whoami()


SCENARIO = Scenario(
    id="cached-redirect",
    title="a redirect in the cache",
    summary="a shared cache keeps a 301 with the cookie that it sets",
    exercises=("uniqueness",),
    must_break=("cacheable_redirect",),
    incident="https://github.com/damoang/angple/pull/1561",
    needs=("login", "whoami", "visit"),
    parts=("varnish",),
    remedy="set no cookie on a lasting redirect; say `Cache-Control: no-store` with every reply that sets one",
    play=play,
)

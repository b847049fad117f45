"""A second application on another port of the same host calls its cookie as frameworks do: it overwrites ours, and we theirs.

Cookies know no ports (RFC 6265, 8.5). Where both applications have the same cookie name, a browser has one cookie for both,
and whoever logs in here is logged out there. So a name of one's own is the whole remedy; `__Host-` changes nothing about it.

Incident: two OctoPrints on one host logged each other's users out. https://github.com/OctoPrint/OctoPrint/issues/1479
"""

from cookielab.stage import Scenario, Stage

USUAL = (
    "session",
    "sessionid",
    "sessionId",
    "connect.sid",
    "PHPSESSID",
    "JSESSIONID",
    "_session_id",
    "laravel_session",
)
"""What frameworks call their session cookie if nobody says otherwise."""


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")
    there = stage.neighbour(*USUAL)

    stage.say("Alice logs in and writes a note.")
    alice.login()
    alice.write()
    alice.whoami()
    names = {name for name, _ in alice.session()}

    stage.say("She opens another application on the same host, which sets its own cookies, and comes back.")
    alice.browse(there)
    if shared := sorted(names & {*USUAL}):
        stage.observe(
            f"the session cookie is called {', '.join(shared)}, as many are: another application on this host logs people out"
        )
    alice.whoami()
    alice.read()

    stage.say("She logs in, goes there once more, and comes back again.")
    alice.login()
    alice.whoami()
    alice.browse(there)
    alice.whoami()


SCENARIO = Scenario(
    id="port-overwrite",
    title="a neighbour with our cookie's name",
    summary="a second application on another port sets cookies called as frameworks call theirs",
    exercises=("steadiness",),
    must_break=("shared_name",),
    incident="https://github.com/OctoPrint/OctoPrint/issues/1479",
    needs=("login", "whoami"),
    of_cookies=True,
    promised={"steadiness": "neighbour"},
    remedy="give the session cookie a name of its own, the application's; two applications on one host need two",
    play=play,
)

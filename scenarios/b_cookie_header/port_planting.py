"""The application on the other port is hostile: it plants an id of its own choosing in Alice's browser before she logs in.

Every application on a host can set cookies for all of them, whatever their ports (RFC 6265, 8.5 and 8.6). If the server
adopts the id, or keeps it at the login, whoever runs the neighbour is Alice afterwards.

Incident: Rails made a session of any id that a client sent. https://github.com/rails/rails/pull/2039
"""

from cookielab.stage import Scenario, Stage
from cookielab.stage.inventions import chosen


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")
    mallory = stage.stranger("mallory@bob")

    stage.say("Mallory runs an application on another port of the host. He looks at what our server calls its cookies.")
    mallory.visit()
    mallory.whoami()
    if not mallory.session():
        mallory.open_login()
    known = mallory.session() or tuple((name, "") for name in (stage.learnt and stage.learnt.session_cookies) or ())
    planted = [f"{name}={chosen(value)}" for name, value in known]
    if not planted:
        stage.undecided("the server gives out no id before the login, and the names of its cookies are not known")
        return

    stage.say("Alice opens his application, which sets cookies of these names, with ids that he has chosen.")
    there = stage.neighbour(*planted)
    alice.browse(there)
    if not {*planted} <= {f"{name}={value}" for name, value in alice.jar}:
        stage.observe("browsers take these cookies from no application on another port without TLS, or not at all")

    stage.say("Then she comes to our server, logs in and writes a note.")
    alice.visit()
    alice.login()
    alice.write()
    alice.whoami()

    stage.say("Mallory brings the ids that he had planted. They must open nothing, neither now nor after her logout.")
    header = "; ".join(planted)
    mallory.forge(header, about="the ids that he had planted before alice's login", verb="whoami")
    copied = alice.cookie_header
    alice.logout()
    if stage.offers("logout"):
        mallory.forge(copied, about="the cookies from before alice's logout", verb="whoami")
    mallory.forge(header, about="the ids that he had planted before alice's login", verb="whoami")


SCENARIO = Scenario(
    id="port-planting",
    title="a neighbour that plants an id",
    summary="an application on another port plants an id of its own choosing before Alice logs in",
    exercises=("authenticity", "finality"),
    must_break=("client_chosen",),
    incident="https://github.com/rails/rails/pull/2039",
    needs=("login", "whoami"),
    of_cookies=True,
    remedy="adopt no id that is not in your table, and issue a new one at every login",
    play=play,
)

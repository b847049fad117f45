"""Somebody plants an id in Alice's browser before she logs in, and uses it afterwards: then they would be Alice.

The id may be one that the server gave to the planter, or one that the planter made up in the server's own shape, or one
that comes along in a link. A new id at login makes all of them worthless. (OWASP ASVS 5.0, 7.2.4; CWE-384.)

Incident: PHP adopts made-up ids unless session.use_strict_mode is on; its manual names the attack.
https://www.php.net/manual/en/session.security.ini.php
"""

from cookielab.stage import Person, Scenario, Stage
from cookielab.stage.inventions import chosen


def play(stage: Stage) -> None:
    alice, *others = stage.people("alice", "bob")
    mallory = stage.stranger("mallory@bob")

    stage.say("Mallory, who has no account, opens the site and looks at what he was given.")
    mallory.visit()
    mallory.whoami()
    if not mallory.session():
        mallory.open_login()
    given = mallory.session()

    if given:
        stage.say("He plants it in Alice's browser. Alice comes, logs in and writes a note.")
        enter(alice, given)
        stage.say("Mallory comes back with the cookies that he was given.")
        mallory.whoami()
        mallory.read()
        alice.logout()
        alice.new_browser()

    names = [name for name, _ in given] or list((stage.learnt and stage.learnt.session_cookies) or ())
    if not names:
        return
    if not given:
        stage.say("He was given no id. He logs nobody in, but he has seen the cookie's name.")
    stage.say("He makes up an id in the server's own shape and plants that. Alice comes and logs in.")
    shape = dict(given) or dict(shown(alice))
    made = tuple((name, chosen(shape.get(name, ""))) for name in names)
    enter(alice, made)
    stage.say("Mallory brings the id that he made up.")
    header = "; ".join(f"{name}={value}" for name, value in made)
    mallory.forge(header, about="the id that he had planted before alice's login", verb="whoami")
    alice.whoami()

    for bob in others:
        stage.say("Bob logs in. A link carries his id; somebody who is not logged in follows it.")
        bob.login()
        bob.whoami()
        for name, value in bob.session():
            mallory.forge((), query=f"{name}={value}", about=f"a link with {bob.name}'s id in it", verb="whoami")


def enter(alice: Person, planted: tuple[tuple[str, str], ...]) -> None:
    """Alice opens the site with what was planted, logs in, writes a note and is who she is."""
    for name, value in planted:
        alice.plant_cookie(name, value)
    alice.visit()
    alice.login()
    alice.write()
    alice.whoami()


def shown(alice: Person) -> tuple[tuple[str, str], ...]:
    """The shape of the ids, from a login of her own in a browser that is thrown away."""
    alice.login()
    seen = alice.session()
    alice.logout()
    alice.new_browser()
    return seen


SCENARIO = Scenario(
    id="fixation",
    title="an id that was planted before the login",
    summary="an id is planted in Alice's browser; after her login the planter tries it",
    exercises=("authenticity", "isolation"),
    must_break=("no_regeneration", "client_chosen"),
    incident="https://www.php.net/manual/en/session.security.ini.php",
    needs=("login", "whoami"),
    of_cookies=True,
    remedy="issue a new id at every login, delete the one from before it, and take no id from a URL",
    play=play,
)

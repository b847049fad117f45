"""Cookies whose name is ours in other letters, or that have no name and our whole cookie as their value: `SID=`, `=sid=`.

Names are compared letter by letter, and a cookie without a name is nobody's. A server that is more generous finds its id
where browsers do not guard it: there neighbours may plant what they like, also past `__Host-`.

Incidents: https://github.com/httpwg/http-extensions/issues/2231 (in any case of letters); Werkzeug read `=__Host-test=bad` as
`__Host-test=bad`, CVE-2023-23934, https://nvd.nist.gov/vuln/detail/CVE-2023-23934
"""

from collections.abc import Iterator

from cookielab.stage import Scenario, Stage
from cookielab.stage.inventions import chosen


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")
    mallory = stage.stranger("mallory@dave")

    stage.say("Alice logs in and writes a note.")
    alice.login()
    alice.write()
    alice.whoami()
    hers = alice.session()

    stage.say("A neighbour's cookies come before hers and behind it. Their names are nearly ours.")
    for about, near in variants(tuple((name, chosen(value)) for name, value in hers)):
        for header, order in (
            (f"{near}; {alice.cookie_header}", "before"),
            (f"{alice.cookie_header}; {near}", "behind"),
        ):
            seen = alice.in_company(header, about=f"{about}, {order} it", parsing=True)
            if seen != "this":
                stage.observe(f"with {about} {order} hers, {alice.name} is {seen} ({alice.software})")

    stage.say("Alone, and with her id, they are worth nothing: it did not come in our cookie.")
    mallory.forge((), about="no cookie at all", verb="whoami")
    trying = (
        mallory if alice.profile.parses_cookies else alice
    )  # else the library underneath has read it, not the server
    for about, near in variants(hers):
        seen = trying.forge(near, about=f"{about}, with alice's id", verb="whoami").sighting
        if seen == "this" and trying is alice:
            stage.observe(f"{about} are taken for our own cookie ({alice.software})")

    stage.say("Without all that she is who she was, and reads her note.")
    alice.whoami()
    alice.read()


def variants(session: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    """What it is, and the Cookie line."""
    swapped = [(name.swapcase(), value) for name, value in session]
    if {name for name, _ in swapped}.isdisjoint(name for name, _ in session):
        yield "names in other letters", "; ".join(f"{name}={value}" for name, value in swapped)
    yield "cookies without a name", "; ".join(f"={name}={value}" for name, value in session)


SCENARIO = Scenario(
    id="case-and-nameless",
    title="names that are nearly ours",
    summary="a cookie has our name in other letters, or no name and our whole cookie as its value",
    exercises=("authenticity", "steadiness"),
    must_break=("case_insensitive", "strips_equals"),
    incident="https://github.com/httpwg/http-extensions/issues/2231; https://nvd.nist.gov/vuln/detail/CVE-2023-23934",
    needs=("login", "whoami"),
    of_cookies=True,
    remedy="compare cookie names letter by letter, and skip a pair that begins with '='",
    play=play,
)

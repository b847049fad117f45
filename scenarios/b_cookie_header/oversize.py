"""Sixty cookies of other applications on the same host, more than 8 KB of header; then the browser has no room for ours.

A server may refuse so long a header, as many do (431, 400). It may not fall over, and it may take nobody for somebody else
because it could not read their cookie. Neither may it when ours was thrown out of the browser for the others' sake.

Incident: Tomcat could use a header's value of the request before once more, CVE-2020-17527.
https://nvd.nist.gov/vuln/detail/CVE-2020-17527
"""

from cookielab.stage import Scenario, Stage

CROWD = "; ".join(f"other{number}={'x' * 150}" for number in range(60))
"""Names and values as of sixty applications; browsers keep at least fifty cookies of a host, and most of them 180."""


def play(stage: Stage) -> None:
    alice, *others = stage.people("alice", "bob")

    stage.say("Alice and Bob log in, and each writes a note.")
    for person in (alice, *others):
        person.login()
        person.write()
        person.whoami()

    stage.say(
        f"Other applications have left {len(CROWD) // 1000} KB of cookies in Alice's browser. Bob always comes just before her."
    )
    for header, order in (
        (f"{CROWD}; {alice.cookie_header}", "before hers"),
        (f"{alice.cookie_header}; {CROWD}", "behind hers"),
    ):
        for bob in others:
            bob.whoami()
        seen = alice.in_company(header, about=f"60 cookies {order}", parsing=True)
        if seen != "this":
            stage.observe(f"with {len(header)} bytes of cookies, {order}, {alice.name} is {seen} ({alice.software})")

    stage.say("Now her browser has thrown out ours, to have room. She is nobody, and may read nothing.")
    for verb in ("whoami", "read") if stage.offers("read") else ("whoami",):
        for bob in others:
            bob.whoami()
        alice.forge(CROWD, about="60 cookies of other applications, and not ours", verb=verb)
    alice.forge((), about="no cookie at all", verb="whoami")

    stage.say("When the others' cookies are gone she is who she was, and so is Bob.")
    for person in (alice, *others):
        person.whoami()
        person.read()


SCENARIO = Scenario(
    id="oversize",
    title="more cookies than fit",
    summary="sixty cookies of other applications come along, more than 8 KB; then ours is thrown out",
    exercises=("isolation", "steadiness", "authenticity"),
    must_break=("stale_header",),
    incident="https://nvd.nist.gov/vuln/detail/CVE-2020-17527",
    needs=("login", "whoami"),
    of_cookies=True,
    remedy="refuse a header that is too long, or read all of it; what was read belongs to its request and to no other",
    play=play,
)

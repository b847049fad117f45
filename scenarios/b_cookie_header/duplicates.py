"""Two cookies of our name stand in one header, in either order: one is Alice's session, the other one is garbage.

Another application on a sibling domain or on a deeper path can plant such a cookie, and the order does not tell which is
whose (RFC 6265bis, 4.2.2). What may never happen is that the garbage ends Alice's session, or opens somebody else's.

Incident: cookies planted from sibling domains shadowed session cookies of large sites, "Cookies lack integrity", USENIX
Security 2015. https://www.usenix.org/conference/usenixsecurity15/technical-sessions/presentation/zheng
"""

from cookielab.stage import Scenario, Stage
from cookielab.stage.inventions import chosen


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")

    stage.say("Alice logs in and writes a note.")
    alice.login()
    alice.write()
    alice.whoami()

    for name, value in alice.session():
        garbage = f"{name}={chosen(value)}"
        stage.say(f"A second cookie {name} comes before hers, and then behind it.")
        for header, order in (
            (f"{garbage}; {alice.cookie_header}", "garbage first"),
            (f"{alice.cookie_header}; {garbage}", "garbage last"),
        ):
            seen = alice.in_company(header, about=f"a second cookie {name}, {order}", parsing=True)
            if seen != "this":
                stage.observe(f"with two cookies {name}, {order}, {alice.name} is {seen} ({alice.software})")

    stage.say("Without the garbage she is who she was, and reads her note.")
    alice.whoami()
    alice.read()


SCENARIO = Scenario(
    id="duplicates",
    title="two cookies of one name",
    summary="a planted cookie of our own name stands beside the real one, in either order",
    exercises=("steadiness",),
    must_break=("last_wins", "first_wins"),
    incident="https://www.usenix.org/conference/usenixsecurity15/technical-sessions/presentation/zheng",
    needs=("login", "whoami"),
    of_cookies=True,
    remedy="look at every cookie of your name and take the one that is in your table; name it __Host- something",
    play=play,
)

"""The cookies come in two Cookie lines instead of one: HTTP/2 allows that, and proxies pass it on (RFC 6265bis, 4.2.1).

A server that reads the first line alone, or joins the lines in a way of its own, does not find what stands in the other.

Incident: `headers.get("Cookie")` of Python's http.server gives the first line alone; WSGI servers join lines by a comma.
https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")

    stage.say("Alice logs in and writes a note.")
    alice.login()
    alice.write()
    alice.whoami()

    stage.say("Her cookies come in a line of their own, and another application's in a second one.")
    for lines, order in (
        ((alice.cookie_header, "other=1"), "hers first"),
        (("other=1", alice.cookie_header), "hers last"),
    ):
        seen = alice.in_company(lines, about=f"two Cookie lines, {order}", parsing=True)
        if seen != "this":
            stage.observe(f"with two Cookie lines, {order}, {alice.name} is {seen} ({alice.software})")

    stage.say("In one line again she is who she was, and reads her note.")
    alice.whoami()
    alice.read()


SCENARIO = Scenario(
    id="split-header",
    title="two Cookie lines",
    summary="the cookies come in two header lines, as HTTP/2 and proxies may send them",
    exercises=("steadiness",),
    must_break=("first_header_only",),
    incident="https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3",
    needs=("login", "whoami"),
    of_cookies=True,
    remedy="read all Cookie lines, and join them by '; ' before parsing",
    play=play,
)

"""Twenty cookies of other applications on the same host stand beside ours, each odd in its way: ours must be found.

Browsers send what they hold. A parser that gives up the whole header over one odd cookie logs people out because of what
another application, an old script or an advertisement has left behind.

Incident: Python's http.cookies drops all cookies of a header in which one is malformed.
https://github.com/python/cpython/issues/92936
"""

from cookielab.stage import Scenario, Stage

ROWS = (
    '{"a":1}', 'prefs={"theme": "dark", "cols": [1, 2]}', "greeting=grüß dich", "näme=x", "raw=\udcff\udcfe",
    'quoted="begun but never ended', 'q="a; b"', "padded=a=b=c==", "expires=never", "path=/elsewhere", "domain=other.test",
    "empty=", "=nameless", "foo", "a[b]=c", "a b=c", "tab=\tx", "@at=1", "comma=1,2,3", "$Version=1", "long=" + "x" * 3000,
)  # fmt: skip
"""What other applications really put into cookies: JSON, raw UTF-8 and Latin-1, reserved words, no name, no value."""


def play(stage: Stage) -> None:
    (alice,) = stage.people("alice")

    stage.say("Alice logs in.")
    alice.login()
    alice.whoami()

    stage.say("Another application's cookie comes first, and then ours.")
    for row in ROWS:
        alice.in_company(f"{row}; {alice.cookie_header}", about=f"{row[:30]!a} before it")

    stage.say("And the other way round.")
    for row in ROWS:
        alice.in_company(f"{alice.cookie_header}; {row}", about=f"{row[:30]!a} behind it")

    stage.say("Without that company she is who she was.")
    alice.whoami()


SCENARIO = Scenario(
    id="malformed-neighbour",
    title="odd cookies of other applications",
    summary="twenty malformed cookies of others beside ours; ours must still be found",
    exercises=("steadiness",),
    must_break=("simplecookie_table",),
    incident="https://github.com/python/cpython/issues/92936",
    needs=("login", "whoami"),
    remedy="split the Cookie header at semicolons alone, take your own name, and skip what makes no sense",
    play=play,
)

"""A check as its reports get it, with words of a server that would like to be more than words."""

from pathlib import Path

from cookielab.judging.events import Request, RunEnd, RunStart
from cookielab.judging.history import History
from cookielab.judging.verdict import Finding, Verdict
from cookielab.report.baseline import Applied
from cookielab.report.outcome import Outcome, in_profile
from cookielab.stage.checking import Checked
from cookielab.stage.rows import Preflight
from cookielab.subjects import reading
from scenarios import SCENARIOS

HOSTILE = (
    "</failure>]]> <script>alert(1)</script> \x1b[31m\x00\x08\ufffe\u202e `x` ``` | a | b | @octocat #1 "
    "[here](https://example.test/) ![i](x) {0} www.example.test https://example.test ${{ secrets.X }}\nnew line & ?"
)
"""XML, HTML, ANSI, Markdown, SARIF, GitHub."""
SCENARIO = {scenario.id: scenario for scenario in SCENARIOS}
PROFILE = """run: python app.py {port}
users: {alice: {password: a}, bob: {password: b}}
login: {form: /login}
me: /me
logout: /logout
"""


def outcome(folder: Path, words: str = HOSTILE) -> Outcome:
    """`nat` is broken for isolation, `fixation` undecided, `restart` left out, `roam` accepted, `cycle` holds."""
    profile = folder / "cookielab.yaml"
    profile.write_text(PROFILE)
    place = folder / "run" / "nat" / "subject"
    with History(place / "history.jsonl") as history:
        history.record(
            RunStart(run="1", engine="netns", scenario="nat", subject="x", capture="off", exercises=("isolation",))
        )
        history.record(
            Request(person="alice", host="alice", action="whoami", method="GET", url=f"http://h/me?{words}", status=200)
        )
        history.record(RunEnd())
    rows = (
        Checked(
            scenario=SCENARIO["nat"],
            state="broken",
            folder=place,
            findings=(
                Finding("isolation", Verdict.BROKEN, f"alice was shown {words}", (2,)),
                Finding("continuity", Verdict.HOLDS, "4 answers"),
            ),
            observations=(f"the server says {words}",),
        ),
        Checked(
            scenario=SCENARIO["fixation"],
            state="unknown",
            folder=place,
            findings=(Finding("authenticity", Verdict.UNKNOWN, f"no answer: {words}"),),
        ),
        Checked(scenario=SCENARIO["restart"], state="left out", why="the lab does not start it"),
        Checked(scenario=SCENARIO["forged"], state="unknown", why="the power check failed"),
        Checked(
            scenario=SCENARIO["roam"],
            state="accepted",
            folder=place,
            findings=(Finding("steadiness", Verdict.BROKEN, "alice was nobody", (2,)),),
            accepted={"steadiness": f"accepted until 2027-01-01: {words}"},
        ),
        Checked(
            scenario=SCENARIO["cycle"],
            state="holds",
            folder=place,
            findings=(Finding("continuity", Verdict.HOLDS, "4 answers"),),
        ),
    )
    return Outcome(
        words, "netns", folder / "run", 7, 1, Preflight(), Applied(rows, ()), 1, in_profile(reading.load(profile))
    )

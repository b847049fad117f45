"""Makes docs/judged.md: what a check says of every small server and of the real applications: python -m tests.subjects.judged

Each small server is checked RUNS times, each time started anew. Applications are installed where they are not yet.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from cookielab.commands.run import Wish, somewhere
from cookielab.lab import state as labs
from cookielab.stage.agents import Agents
from tests.subjects import applications, several, small

RUNS = int(os.environ.get("RUNS", "5"))
PAGE = Path(__file__).parents[2] / "docs" / "judged.md"
HEAD = """# What a check says of servers whose answer is known

Made by `make judged`, not written by hand. Every server below is unknown to the lab: it is driven by a profile alone.
A correct server must come out as `holds`, a wrong one as `broken` by the invariant that fits, and a hostile one must do no
harm. Numbers count runs: `5 of 5` is five checks, each with a new process. Seconds are the median, two checks side by side.
"""


def small_rows(names: Iterable[str], checks: several.Checks) -> list[str]:
    """One line a server: the verdicts of all runs, the invariants that broke, how long one check takes."""
    lines = ["| server | verdict | runs | broken by | seconds |", "|---|---|---|---|---|"]
    started = {name: [checks.start(name) for _ in range(RUNS)] for name in names}
    for name, futures in started.items():
        outcomes = [future.result() for future in futures]
        verdicts = Counter(outcome.verdict for outcome in outcomes)
        by = Counter(invariant for outcome in outcomes for invariant in outcome.by)
        seconds = median(outcome.seconds for outcome in outcomes)
        verdict = ", ".join(f"{what} {count} of {RUNS}" for what, count in verdicts.most_common())
        broken = ", ".join(f"{what} ({count})" for what, count in by.most_common()) or ""
        lines.append(f"| `{name}` | {verdict.partition(' ')[0]} | {verdict} | {broken} | {seconds:.1f} |")
        print(lines[-1], file=sys.stderr)
    return lines


def app_rows(agents: Agents, folder: Path) -> list[str]:
    """One line an application: verdict, what broke by which scenario, what was observed."""
    lines = ["| application | verdict | broken in | observed |", "|---|---|---|---|"]
    for name in applications.NAMES:
        outcome = small.check(agents, applications.brought(name), folder / name)
        broken = ", ".join(f"{row.scenario.id}" for row in outcome.rows if row.state == "broken")
        notes = dict.fromkeys(
            [*outcome.flight.observations, *(note for row in outcome.rows for note in row.observations)]
        )
        lines.append(f"| {name} | {outcome.verdict} | {broken} | {'; '.join(notes)} |")
        print(outcome.told(), file=sys.stderr)
    return lines


def main() -> int:
    """Checks all of them and writes the page."""
    names = small.names()
    labs.root()
    parts = [HEAD]
    with TemporaryDirectory() as place:
        folder = Path(place)
        with several.checks(folder) as checks:
            for title, start in (
                ("Correct servers", "x_ok_"),
                ("Wrong servers", "x_bad_"),
                ("Hostile servers", "x_evil_"),
            ):
                chosen = [name for name in names if name.startswith(start)]
                parts.append(f"\n## {title}\n\n" + "\n".join(small_rows(chosen, checks)) + "\n")
        with somewhere(Wish("netns", "off", None)) as (lab, _), Agents(lab.engine) as agents:
            parts.append("\n## Real applications\n\n" + "\n".join(app_rows(agents, folder)) + "\n")
    PAGE.write_text("".join(parts), encoding="utf-8")
    print(f"written: {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

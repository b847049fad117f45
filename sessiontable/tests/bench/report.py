"""The tables of a run as Markdown, and the document that holds them."""

from collections.abc import Iterator, Sequence
from statistics import median

from . import plot
from .results import PATHS, Measured
from .running import ROOT
from .subjects import SERVERS, SUBJECTS, Subject
from .targets import targets

DOCUMENT, PICTURE = ROOT / "docs" / "bench-sessions.md", ROOT / "docs" / "bench-sessions.svg"
REASONS = DOCUMENT.with_name("bench-sessions-reasons.md")
"""Written by hand: why a target is out of reach. It is put into the document as it is."""
INTRODUCTION = """\
# The session table's speed

Written by `make bench-sessions`, which measures all of this in one run. Do not edit; run it again.
"""
METHOD = """\
## How it is measured

- The server runs on one core, wrk and Redis (no persistence, a Unix socket) on another one. wrk keeps 32 connections
  open and goes round among 64 visitors, each of whom has really logged in, with a session of its own.
- Every app is the same: `/read` answers with one value of the session, `/write` sets one. The bare app answers the same
  bodies without sessions, and gets no cookie. Before the load, a visitor checks that what was written can be read again.
- Each round measures every line for some seconds, one after the other, the bare apps among them; relative figures are
  made within a round, and the median of the rounds counts. A run in which any request failed does not count.
- "A middleware that does nothing" is the floor of every session: the browser's cookie comes in, an empty middleware
  stands around the app, and two constant header lines go out. Nothing is looked up.
- Peers have their own defaults, but for Django's database, which gets the journal that our SQLite store uses, and
  connections that stay open. Flask-Session and starsessions store at every request, read-only ones included: that is
  their default.
- "Added" is how much longer a request takes than on the bare app. Unlike the relative figure it does not flatter a slow
  framework, so it is what peers on other frameworks are compared by.
- Processor time for a request, in the table of that name: of the server under load, and of the app alone, which is called
  32 times at once in a process without a server, with a session of its own for each of 64 visitors; there the
  instructions are counted, too (valgrind: two runs of different length, and what the longer one has more).
- Look-ups, sizes, sweeps and parsing are measured in processes of their own, without HTTP. A look-up is `open` with
  the id of a random living session; for a sweep, a million expired sessions are thrown away by calls of `sweep` with
  its own default limit, while requests (`open` and `write`) go on as fast as they can.
"""


def write(found: Measured) -> None:
    """Write document and picture."""
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text("\n".join(document(found)) + "\n")
    plot.draw(found, PICTURE)


def document(found: Measured) -> Iterator[str]:
    """The lines of the document."""
    yield INTRODUCTION
    for name, value in found.about.items():
        yield f"- {name}: {value}"
    yield "- Repeat it: `make bench-sessions` (about 16 minutes; needs Node with npm, redis-server, valgrind and wrk)"
    yield f"\n![requests per second relative to no sessions, and look-up times]({PICTURE.name})\n"
    yield from tables(found)
    if REASONS.is_file():
        yield REASONS.read_text()
    yield METHOD.rstrip()


def tables(found: Measured) -> Iterator[str]:
    """The targets, the peers, and what could not be measured."""
    yield "## Targets\n"
    yield from table(
        ("what", "measured", "target", "", "details"),
        [
            (
                one.what,
                f"{one.value:.{0 if one.value >= 100 else 2}f}{one.unit}",
                f"{'≥' if one.least else '≤'} {one.limit:g}{one.unit}",
                "MET" if one.met else "NOT MET",
                one.note,
            )
            for one in targets(found)
        ],
    )
    yield "\n## Peers\n"
    yield from table(
        (
            "server",
            "sessions",
            "store",
            *(f"{kind}{unit}" for kind in PATHS for unit in ("/s", ", relative", ", added")),
        ),
        [_line(found, subject) for subject in SUBJECTS if found.has(subject)],
    )
    yield "\n## Processor time\n"
    yield from table(
        (
            "sessions",
            "store",
            *(f"{kind}, {what}" for kind in PATHS for what in ("server", "app alone", "instructions")),
        ),
        [_costs(found, subject) for subject in SUBJECTS if subject.id in found.driven and found.has(subject)],
    )
    yield ""
    for name, reason in found.failures.items():
        yield f"- not measured: {name}; {reason.splitlines()[0]}"


def _line(found: Measured, subject: Subject) -> tuple[str, ...]:
    cells = []
    for kind in PATHS:
        cells.append(f"{found.rate(subject, kind):,.0f}")
        cells += ["", ""] if subject.bare else [f"{median(found.ratios(subject, kind)):.2f}",
                                                f"{found.added(subject, kind):.0f} µs"]  # fmt: skip
    server = f"{subject.family} on {SERVERS[subject.family]}" if subject.bare else ""
    title = f"**{subject.title}**" if subject.ours else subject.title
    return server, title, subject.store, *cells


def _costs(found: Measured, subject: Subject) -> tuple[str, ...]:
    cells = []
    for kind in PATHS:
        driven = found.driven[subject.id].get(kind)
        cells += [f"{found.cpu(subject, kind):.1f} µs"]
        cells += [f"{driven.cpu:.1f} µs", f"{driven.instructions:,.0f}"] if driven else ["", ""]
    return f"**{subject.title}**" if subject.ours else subject.title, subject.store, *cells


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A Markdown table that can be read as text, too."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, ["-" * width for width in widths], *rows):
        yield f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |"

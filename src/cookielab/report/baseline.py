"""Findings that are known and borne for a while: each with its reason, and with the day from which it counts again.

- scenario: replay-after-logout
  invariant: finality
  reason: signed cookies without a server's memory; the new session table comes with 3.0
  until: 2027-03-01
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from msgspec import Struct

from ..errors import one_of
from ..judging.invariants import INVARIANTS
from ..judging.verdict import Finding, Verdict
from ..stage.checking import Checked
from ..subjects import fitting, lines

PREFLIGHT = "preflight"
"""What stands in the place of a scenario for what is broken in the preflight already."""


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Accepted(Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of the file."""

    scenario: str
    invariant: str
    reason: str
    until: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, and where it stands: file and line."""

    scenario: str
    invariant: str
    reason: str
    until: date
    where: str

    def __str__(self) -> str:
        return f"{self.where}: {self.scenario}/{self.invariant}"


@dataclass(frozen=True, slots=True)
class Applied:
    """What a baseline has made of a check. `told`: entries that do nothing any more, in sentences."""

    rows: tuple[Checked, ...] = ()
    breaks: tuple[Finding, ...] = ()
    told: tuple[str, ...] = ()
    accepted: Mapping[str, str] | None = None
    """Of what is broken in the preflight: why it does not count, by invariant."""


def read(path: Path, scenarios: Iterable[str]) -> list[Entry]:
    """The entries of a file. UsageError with file, line and key for whatever is wrong in it."""
    source = lines.Source(str(path))
    written = lines.read(path, os.environ, source)
    found: list[Accepted] = fitting.fit(written or [], list[Accepted], source)
    known = (*scenarios, PREFLIGHT)
    entries: dict[tuple[str, str], Entry] = {}
    for number, each in enumerate(found):
        where = source.where((number,))
        one_of(known, each.scenario, f"scenario in {source.where((number, 'scenario'))}:")
        one_of(INVARIANTS, each.invariant, f"invariant in {source.where((number, 'invariant'))}:")
        if not each.reason.strip():
            source.fail((number, "reason"), "is empty; say why this is borne")
        try:
            if not _DAY.fullmatch(each.until):  # not any other form of ISO 8601, such as 2027-W10-1
                raise ValueError
            until = date.fromisoformat(each.until)
        except ValueError:
            source.fail((number, "until"), f"must be a day such as 2027-03-01, is {each.until!r}")
        key = each.scenario, each.invariant
        if key in entries:
            source.fail((number,), f"{'/'.join(key)} stands in {entries[key].where} already; keep one of them")
        entries[key] = Entry(*key, each.reason.strip(), until, where)
    return list(entries.values())


def apply(entries: Sequence[Entry], rows: Sequence[Checked], breaks: Sequence[Finding], today: date) -> Applied:
    """The rows as they count: what is broken and accepted does not. An entry whose day has come accepts nothing."""
    valid = {(entry.scenario, entry.invariant): entry for entry in entries if today < entry.until}
    told = [f"{entry}: counts again since {entry.until}" for entry in entries if today >= entry.until]
    told += [f"{entry}: {why}" for entry in valid.values() if (why := _idle(entry, rows, breaks))]
    early = {name: _why(entry) for (scenario, name), entry in valid.items() if scenario == PREFLIGHT}
    return Applied(
        tuple(_row(row, valid) for row in rows),
        tuple(finding for finding in breaks if finding.invariant not in early),
        tuple(told),
        {finding.invariant: early[finding.invariant] for finding in breaks if finding.invariant in early},
    )


def _idle(entry: Entry, rows: Sequence[Checked], breaks: Sequence[Finding]) -> str:
    """Why an entry has accepted nothing; empty if it has, or if nothing is known of it in this check."""
    if entry.scenario == PREFLIGHT:
        found = any(finding.invariant == entry.invariant for finding in breaks)
        return "" if found else "is not broken any more; remove the entry"
    row = next((row for row in rows if row.scenario.id == entry.scenario), None)
    if row is None or row.state == "unknown":
        return ""
    if row.state == "left out":
        return "its scenario is not applicable here"
    verdicts = {finding.verdict for finding in row.findings if finding.invariant == entry.invariant}
    if not verdicts:
        return f"{entry.scenario} does not judge {entry.invariant}; remove the entry"
    return "is not broken any more; remove the entry" if verdicts == {Verdict.HOLDS} else ""


def today() -> date:
    """The day by which a baseline is read, the same everywhere on earth."""
    return datetime.now(UTC).date()


def _row(row: Checked, valid: Mapping[tuple[str, str], Entry]) -> Checked:
    if row.state != "broken":
        return row
    accepted = {
        finding.invariant: _why(valid[row.scenario.id, finding.invariant])
        for finding in _broken(row.findings)
        if (row.scenario.id, finding.invariant) in valid
    }
    left = {finding.verdict for finding in row.findings if finding.invariant not in accepted}
    state = "broken" if Verdict.BROKEN in left else "unknown" if Verdict.UNKNOWN in left else "accepted"
    why = row.why if state != "accepted" else "; ".join(f"{name}: {text}" for name, text in accepted.items())
    return replace(row, state=state, why=why, accepted=accepted)


def _why(entry: Entry) -> str:
    return f"accepted until {entry.until}: {entry.reason}"


def _broken(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.verdict is Verdict.BROKEN]

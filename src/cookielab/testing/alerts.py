"""`--cookielab-sarif FILE`: what tests have found broken, as SARIF, each at the line of its test.

What one test has found goes into its report as plain values, which pytest-xdist brings from its workers to here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..judging.verdict import Finding
    from .lab import Lab

OPTION = "--cookielab-sarif"
TEST = "test"
"""The name of the scenario that a test is: what it did is its own."""
_FOUND = pytest.StashKey[list[dict[str, Any]]]()


class Alerts:
    """Gathers what the reports of tests bring, and writes it down at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._file = Path(config.getoption(OPTION))
        self._root = config.rootpath
        self._found: list[tuple[str, Mapping[str, Any]]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of a test has ended, here or in a worker. What is run again, or expected to fail, does not count."""
        for case in getattr(report, "cookielab", ()) if report.failed else ():
            self._found.append((report.nodeid, case))

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """UsageError where the file cannot be written."""
        from ..report.outcome import Case
        from ..report.sarif import Placed, written

        placed = [
            Placed(Case(**found["case"]), nodeid, (self._root / found["file"], found["line"]), nodeid)
            for nodeid, found in self._found
        ]
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(written(placed, int(exitstatus), {}), encoding="ascii")
        except OSError as error:
            raise pytest.UsageError(f"{OPTION} {self._file}: cannot be written: {error.strerror or error}") from None


def note(item: pytest.Item, lab: "Lab", findings: Iterable["Finding"]) -> None:
    """Keeps for the report of a test what counts of what its lab has found, and the scenarios that it has played."""
    if not item.config.getoption(OPTION):
        return
    from ..report.outcome import case_of, cases_of

    cases = [case_of(TEST, finding, lab.folder, title="in a test") for finding in findings]
    cases += [case for row in lab.plays if row.state in ("broken", "unknown") for case in cases_of(row)]
    _keep(item, *(asdict(case) for case in cases))


def undecided(item: pytest.Item, why: str) -> None:
    """Keeps that nothing of a test could be judged."""
    if item.config.getoption(OPTION):
        from ..report.outcome import Case

        _keep(item, asdict(Case(TEST, "", "unknown", why)))


def _keep(item: pytest.Item, *cases: dict[str, Any]) -> None:
    file, line, _ = item.location
    place = {"file": file, "line": (line or 0) + 1}
    item.stash.setdefault(_FOUND, []).extend({"case": case, **place} for case in cases)


def report(item: pytest.Item, made: pytest.TestReport) -> None:
    """Puts what was kept into the report that has been made."""
    if found := item.stash.get(_FOUND, None):
        made.cookielab = found  # type: ignore[attr-defined]
        item.stash[_FOUND] = []

"""From one test to the lab and back: what its marker says, when it is skipped, what its report shows."""

import re
import shutil
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any

import pytest

from ..errors import EngineMissing, LabError, one_of
from ..lab.state import known_capture
from ..stage.person import Person
from . import alerts
from .lab import Lab
from .raising import Raising
from .session import Session
from .subject import Subject
from .telling import story

KEYS = ("nat", "capture", "judge")
_SESSION = pytest.StashKey[Session]()
_FAILED = pytest.StashKey[bool]()


@dataclass(frozen=True, slots=True)
class Marker:
    """What `@pytest.mark.cookielab(...)` says of a test."""

    nat: str | None = None
    capture: str = "off"
    judge: bool = True


def marked(item: pytest.Item) -> Marker:
    """The marks of a test, of its class and its module together; the nearest counts."""
    said: dict[str, Any] = {}
    try:
        for mark in item.iter_markers("cookielab"):
            for key, value in mark.kwargs.items():
                said.setdefault(one_of(KEYS, key, "word of the marker cookielab"), value)
        known_capture(said.get("capture", "off"))
    except LabError as error:
        raise _failed(error) from None
    return Marker(**said)


def begin(config: pytest.Config, raising: Raising, subject: Subject, item: pytest.Item) -> Lab:
    """The lab for one test. Skips, or fails, where it cannot be had."""
    marker = marked(item)
    item.stash[_FAILED] = False
    if _SESSION not in config.stash:
        config.stash[_SESSION] = Session(raising)
        raising.first.callback(config.stash[_SESSION].close)
    session = config.stash[_SESSION]
    try:
        session.use(subject)
        folder = _free(session.folder / _name(item))
        return Lab(session, item.nodeid, folder, nat=marker.nat, capture=marker.capture)
    except EngineMissing as missing:
        if config.getoption("--cookielab-require"):
            raise _failed(missing) from None
        raise pytest.skip.Exception(f"{missing}\n(--cookielab-require makes this a failure)") from None
    except LabError as error:
        alerts.undecided(item, str(error))
        raise _failed(error) from None


def person(lab: Lab, name: str) -> Person:
    """Who a fixture stands for."""
    try:
        return lab.person(name)
    except LabError as error:
        raise _failed(error) from None


def judged(item: pytest.Item, lab: Lab) -> None:
    """After a test that has passed: fails it where an invariant is broken."""
    lab.end(None)
    if not marked(item).judge:
        return
    text = "\n".join(_sentences(lab))
    if not text and (doubt := next(iter(lab.undecided), None)):
        text = f"this test decides nothing: {doubt.sentence}"
    if text:
        _tell(item, lab, own=bool(getattr(item, "_excinfo", None)))  # what unittest has kept is what is shown
        pytest.fail(text, pytrace=False)


def fell(item: pytest.Item, lab: Lab, error: BaseException) -> None:
    """After a test that has not passed: what the lab saw of it goes into its report."""
    lab.end(error)
    if isinstance(error, (Exception, pytest.fail.Exception)):
        _tell(item, lab, own=True)


def end(config: pytest.Config, item: pytest.Item, lab: Lab) -> None:
    """The test is over; its evidence stays where it failed, or where that was asked for."""
    lab.close()
    if item.stash.get(_FAILED, False) or config.getoption("--cookielab-trace"):
        lab.session.kept = True
    else:
        shutil.rmtree(lab.folder, ignore_errors=True)


def late(item: pytest.Item, lab: Lab, report: pytest.TestReport) -> None:
    """What the report of a failed test has to tell where nobody has said that it failed before: unittest keeps it to itself."""
    if not item.stash.get(_FAILED, False):
        text = _tell(item, lab, own=True)
        report.sections.append(("Captured cookielab call", text))
        report.user_properties.append(item.user_properties[-1])


def _tell(item: pytest.Item, lab: Lab, *, own: bool = False) -> str:
    """`own`: the test has failed by itself, so that what is broken beside that is said by nobody else."""
    item.stash[_FAILED] = True
    judge = marked(item).judge
    alerts.note(item, lab, (*lab.broken, *lab.undecided) if judge else ())
    beside = _sentences(lab) if own and judge else []
    text = "\n".join([*beside, story(lab.events, lab.findings, lab.folder)])
    item.add_report_section("call", "cookielab", text)
    item.user_properties.append(("cookielab_evidence", str(lab.folder)))
    return text


def _sentences(lab: Lab) -> list[str]:
    return [f"{each.invariant} is broken: {each.sentence}" for each in lab.broken]


def _name(item: pytest.Item) -> str:
    """A folder for a test: its name, as far as a file system takes it, and what tells it from others."""
    import hashlib

    return f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', item.name)[:60]}-{hashlib.sha256(item.nodeid.encode()).hexdigest()[:6]}"


def _free(folder: Path) -> Path:
    """The folder, or another one where it is taken: a test that failed may be run again."""
    names = (folder.with_name(f"{folder.name}-{number}") for number in count(2))
    return next(place for place in chain([folder], names) if not place.exists())


def _failed(error: LabError) -> BaseException:
    """A mistake of the user's, or a fault of the lab, without a traceback through it: the message says it all."""
    return pytest.fail.Exception(str(error), pytrace=False)

"""The pytest plugin. It is loaded in every pytest of whoever has installed this package, so it imports nothing but pytest.

Everything else is imported by the first test that asks for the fixture `lab`.
"""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..stage.person import Person
    from .lab import Lab
    from .raising import Raising
    from .subject import Subject

PROFILE = "cookielab.yaml"
MARKER = (
    "cookielab(nat=None, capture='off', judge=True): the NAT kind of the home gateway in this test, what is recorded "
    "beside the history (off, passive, mitm), and whether a broken invariant fails it"
)
_LAB = pytest.StashKey["Lab"]()
_RAISING = pytest.StashKey["Raising"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("cookielab", "Cookie Lab: several people behind one address use your web server")
    group.addoption(
        "--cookielab-engine", choices=("netns", "docker"), help="where the lab runs (default: what suits the subject)"
    )
    group.addoption(
        "--cookielab-require", action="store_true", help="fail where no engine can run, instead of skipping"
    )
    group.addoption(
        "--cookielab-sarif", metavar="FILE", help="write SARIF 2.1.0: what is broken, at the line of its test"
    )
    group.addoption(
        "--cookielab-trace", action="store_true", help="keep the evidence of every test, not of failed ones"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    if config.getoption("--cookielab-sarif") and not hasattr(config, "workerinput"):
        from .alerts import Alerts

        config.pluginmanager.register(Alerts(config), "cookielab-sarif")


@pytest.fixture(scope="session")
def cookielab_subject(request: pytest.FixtureRequest) -> "Subject":
    """What is tested. Override it: return Subject.wsgi(app), .asgi(app), .run("..."), .url(live_server.url)."""
    from .subject import Subject

    config = request.config
    for folder in dict.fromkeys((Path.cwd(), config.rootpath)):
        if (folder / PROFILE).is_file():
            return Subject.of(folder / PROFILE)
    return pytest.fail(
        f"nothing says what the lab is to test: there is no {PROFILE} in {Path.cwd()}, and no fixture cookielab_subject. "
        'In conftest.py:\n\n    @pytest.fixture(scope="session")\n    def cookielab_subject():\n'
        "        return Subject.wsgi(app, users=..., login=..., me=...)    # from cookielab.testing import Subject",
        pytrace=False,
    )


@pytest.fixture(scope="session")
def _cookielab_lab(request: pytest.FixtureRequest) -> Iterator["Raising"]:
    """The lab of this test process. Nothing is up before a test has said what it tests."""
    from .raising import Raising

    marks = (mark for item in request.session.items for mark in item.iter_markers("cookielab"))
    mitm = any(mark.kwargs.get("capture") == "mitm" for mark in marks)
    raising = Raising(request.config.getoption("--cookielab-engine"), "mitm" if mitm else "off")
    request.config.stash[_RAISING] = raising
    try:
        yield raising
    finally:
        raising.close()


@pytest.fixture
def lab(request: pytest.FixtureRequest, cookielab_subject: "Subject", _cookielab_lab: "Raising") -> Iterator["Lab"]:
    """The lab for this test: fresh people, jars, NAT and history; judged when the test has ended, also without an assert."""
    _cookielab_lab.begin(cookielab_subject)
    from . import running  # while the lab comes up: it takes as long

    lab = running.begin(request.config, _cookielab_lab, cookielab_subject, request.node)
    request.node.stash[_LAB] = lab
    yield lab
    running.end(request.config, request.node, lab)


@pytest.fixture
def alice(lab: "Lab") -> "Person":
    """Somebody at home, behind one address with bob and carol."""
    return _person(lab, "alice")


@pytest.fixture
def bob(lab: "Lab") -> "Person":
    """Somebody at home, behind one address with alice and carol."""
    return _person(lab, "bob")


@pytest.fixture
def carol(lab: "Lab") -> "Person":
    """Somebody at home, behind one address with alice and bob."""
    return _person(lab, "carol")


@pytest.fixture
def dave(lab: "Lab") -> "Person":
    """Somebody at the office, behind an address of its own."""
    return _person(lab, "dave")


def _person(lab: "Lab", name: str) -> "Person":
    from . import running

    return running.person(lab, name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Judges while the test still counts as running, so that what is broken is a failure of the test itself."""
    lab = item.stash.get(_LAB, None)
    if lab is None:
        return (yield)
    from . import running

    try:
        result = yield
    except BaseException as error:
        running.fell(item, lab, error)
        raise
    running.judged(item, lab)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the lab has found travels with the report of the test, also from a worker of pytest-xdist."""
    made = yield
    lab = item.stash.get(_LAB, None)
    if lab is not None and made.when == "call" and made.failed:
        from . import running

        running.late(item, lab, made)
    if item.config.getoption("--cookielab-sarif"):
        from .alerts import report

        report(item, made)
    return made


def pytest_enter_pdb(config: pytest.Config) -> None:
    """Whoever waits for an app that is looked at does not lose patience."""
    _debugging(config, here=True)


def pytest_leave_pdb(config: pytest.Config) -> None:
    _debugging(config, here=False)


def _debugging(config: pytest.Config, *, here: bool) -> None:
    raising = config.stash.get(_RAISING, None)
    if raising is not None:
        raising.debugging = here

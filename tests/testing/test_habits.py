"""What people do in tests beside what the documentation shows: unittest, an error of their own, somebody asked for twice."""

import re

import pytest

from tests.testing.conftest import failures, story

pytestmark = pytest.mark.netns

BUGGY = "import pytest\n\n@pytest.fixture\ndef cookielab_subject(buggy):\n    return buggy\n\n"
SENTENCE = re.compile(r"^isolation is broken: alice, logged in as alice, was taken for bob", re.MULTILINE)


def test_a_test_that_fails_by_itself_tells_what_is_broken_too(shop: pytest.Pytester) -> None:
    """Its own error is the failure; what the lab saw is beside it, also where unittest runs it."""
    shop.makepyfile(
        BUGGY
        + """
import unittest

def test_plain(lab, alice, bob):
    alice.login()
    bob.login()
    assert alice.whoami().view.user == "alice"

@pytest.mark.cookielab(judge=False)
def test_not_judged(lab, alice, bob):
    alice.login()
    bob.login()
    assert alice.whoami().view.user == "alice"

class TestOld(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _people(self, lab, alice, bob):
        self.alice, self.bob = alice, bob

    def test_case(self):
        self.alice.login()
        self.bob.login()
        self.assertEqual(self.alice.whoami().view.user, "alice")

    def test_case_without_an_assert(self):
        self.alice.login()
        self.bob.login()
        self.alice.whoami()
"""
    )
    result = shop.runpytest("-p", "no:anyio", "--junitxml=report.xml")
    result.assert_outcomes(failed=4)
    told = failures(result)
    parts = re.split(r"^_{3,} (\S+) _{3,}$", told, flags=re.MULTILINE)
    each = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert {name: len(SENTENCE.findall(text)) for name, text in each.items()} == {
        "test_plain": 1, "test_not_judged": 0, "TestOld.test_case": 1, "TestOld.test_case_without_an_assert": 1,
    }  # fmt: skip
    for text in each.values():
        assert story(text)[-1].startswith("evidence  ")
    assert (shop.path / "report.xml").read_text().count("cookielab_evidence") == 4


def test_somebody_who_is_asked_for_twice(shop: pytest.Pytester) -> None:
    """The same person where nothing else is said; a mistake where it is somebody else who is meant."""
    shop.makepyfile(
        """
        import pytest
        from cookielab.errors import UsageError

        def test_same(lab, alice):
            assert lab.person("alice") is alice
            assert lab.person("alice", host="alice", user="alice") is alice
            assert lab.person("alice", host="home") is alice
            erin = lab.person("erin", host="office", user="bob")
            assert lab.person("erin", host="office") is erin

        @pytest.mark.parametrize(("asked", "end"), [
            ({"host": "office"}, "give whoever is alice at office a name of their own"),
            ({"user": "bob"}, "give whoever is bob at alice a name of their own"),
        ])
        def test_other(lab, alice, asked, end):
            with pytest.raises(UsageError) as told:
                lab.person("alice", **asked)
            assert str(told.value) == f"alice is somebody already: user alice at host alice; {end}"
        """
    )
    shop.runpytest("-p", "no:anyio").assert_outcomes(passed=3)


def test_what_the_profile_does_not_say_is_not_silently_left_out(shop: pytest.Pytester) -> None:
    """A green test in which nothing was written would say that notes are safe."""
    shop.makepyfile(
        """
        import conftest, pytest
        from cookielab.errors import UsageError
        from cookielab.testing import Subject

        HOW = {key: value for key, value in conftest.HOW.items() if key in ("users", "login", "me")}

        @pytest.fixture(scope="module")
        def cookielab_subject():
            return Subject.wsgi(conftest.MENDED, **HOW)

        def test_verbs(lab, alice):
            alice.login()
            for verb, what in {"write": "store a private value", "read": "read the private value back", "logout": "log out"}.items():
                with pytest.raises(UsageError, match=f"^alice cannot do that: the profile does not say how to {what}: add "):
                    getattr(alice, verb)()
            assert alice.visit().status == 200

        def test_played(lab):
            lab.play("user-switch")
        """
    )
    shop.runpytest("-p", "no:anyio").assert_outcomes(passed=2)


AGAIN = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    for run in (1, 2, 3):
        item._initrequest()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        failed = [report for report in reports if report.failed]
        for report in failed if run < 3 else ():
            report.outcome = "rerun"
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        if not failed:
            break
    return True

def pytest_report_teststatus(report):
    if report.outcome == "rerun":
        return "rerun", "R", "RERUN"
"""


def test_a_test_that_is_run_again(shop: pytest.Pytester) -> None:
    """As pytest-rerunfailures does it: each run has a history of its own, and what passes in the end is no alert."""
    with (shop.path / "conftest.py").open("a") as file:
        file.write(AGAIN)
    shop.makepyfile(
        """
        import pytest

        runs = []

        def test_passes_then(lab, alice):
            runs.append(lab.folder)
            alice.login()
            assert alice.whoami().view.user == "alice" and len(runs) == 2

        class TestBuggy:
            @pytest.fixture
            def cookielab_subject(self, buggy):
                return buggy

            def test_never(self, lab, alice, bob):
                alice.login()
                bob.login()
                alice.whoami()

        def test_folders():
            assert len(set(runs)) == 2 and runs[0].exists() and not runs[1].exists()
        """
    )
    words = ("-p", "no:anyio", "-p", "no:django", "-p", "no:playwright", "--cookielab-sarif", "report.sarif")
    result = shop.runpytest_subprocess("-v", *words)
    result.assert_outcomes(passed=2, failed=1)
    assert result.stdout.str().count("RERUN") == 3
    assert len(list(shop.path.glob(".lab/runs/*/test_never-*/history.jsonl"))) == 3
    written = (shop.path / "report.sarif").read_text()
    assert written.count('"ruleId": "test/isolation"') == 1

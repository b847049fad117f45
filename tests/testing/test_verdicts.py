"""A test with the lab is judged when it ends: what is broken fails it, and says so in a few lines."""

import re
from pathlib import Path

import pytest

from tests.testing.conftest import failures, story

pytestmark = pytest.mark.netns


def test_the_bug_fails_a_test_without_an_assert_and_its_mended_version_passes(shop: pytest.Pytester) -> None:
    """Five lines of a test. The failure names the invariant, shows the story, and says where the evidence is."""
    shop.makepyfile(
        test_shop="""
        import pytest

        class TestBuggy:
            @pytest.fixture
            def cookielab_subject(self, buggy):
                return buggy

            def test_who_is_who(self, lab, alice, bob):
                alice.login()
                bob.login()
                alice.whoami()
                bob.whoami()

        def test_who_is_who(lab, alice, bob):
            alice.login()
            bob.login()
            alice.whoami()
            bob.whoami()
        """
    )
    result = shop.runpytest("-p", "no:anyio", "--junitxml=report.xml", "-o", "junit_logging=all")
    result.assert_outcomes(passed=1, failed=1)
    told = failures(result)
    request = r"\(request \d+, sent from 10\.210\.\d+\.11:\d+\)"
    assert re.search(rf"^isolation is broken: alice, logged in as alice, was taken for bob {request}$", told, re.M)
    assert re.search(
        rf"^steadiness is broken: alice had logged in as alice and was then taken for bob {request}$", told, re.M
    )
    assert story(told)[:-1] == [
        "> alice logs in                    done",
        "  bob logs in                      done",
        "> alice asks: who am I?            bob",
        "  bob asks: who am I?              bob",
    ]
    (kept,) = re.findall(r"^evidence  (\S+)/history.jsonl$", told, re.M)
    evidence = (shop.path / kept).resolve()
    assert {file.name for file in evidence.iterdir()} == {"history.jsonl", "verdicts.json"}
    assert f'name="cookielab_evidence" value="{evidence}"' in (shop.path / "report.xml").read_text()
    assert sorted(path.name for path in evidence.parent.iterdir()) == [
        "preflight",
        "preflight-1",
        "run.json",
        evidence.name,
    ]


def test_nothing_is_kept_of_tests_that_pass_unless_it_is_asked_for(shop: pytest.Pytester) -> None:
    shop.makepyfile(
        """
        from pathlib import Path

        def test_passes(lab, alice):
            alice.login()
            Path("where").write_text(str(lab.folder))
        """
    )
    for option, there in (("-v", False), ("--cookielab-trace", True)):
        shop.runpytest("-p", "no:anyio", option).assert_outcomes(passed=1)
        folder = Path((shop.path / "where").read_text())
        assert (folder / "history.jsonl").exists() is there
        assert folder.parent.exists() is there


def test_the_marker_and_the_outcome(shop: pytest.Pytester) -> None:
    """`judge=False` lets a broken test pass, xfail expects it, a test that fails by itself shows the lab's story too, and
    one in which somebody could not log in decides nothing."""
    shop.makepyfile(
        """
        import pytest, shop

        def act(alice, bob):
            for person in (alice, bob):
                person.login()
            for person in (alice, bob):
                person.whoami()

        class TestBuggy:
            @pytest.fixture
            def cookielab_subject(self, buggy):
                return buggy

            @pytest.mark.cookielab(judge=False)
            def test_not_judged(self, lab, alice, bob):
                act(alice, bob)
                assert [finding.invariant for finding in lab.judge() if finding.verdict == "broken"] == ["isolation", "steadiness"]

            @pytest.mark.xfail(strict=True)
            def test_expected(self, alice, bob):
                act(alice, bob)

            def test_by_itself(self, alice, bob):
                act(alice, bob)
                assert alice.whoami().view.user == "alice"

        def test_refused(alice, monkeypatch):
            monkeypatch.setitem(shop.PASSWORDS, "alice", "another")
            alice.login()

        def test_skipped(alice):
            alice.login()
            pytest.skip("enough")
        """
    )
    result = shop.runpytest("-p", "no:anyio", "-rA")
    result.assert_outcomes(passed=1, failed=2, xfailed=1, skipped=1)
    told = failures(result)
    assert re.search(r"^E +AssertionError: assert 'bob' == 'alice'$", told, re.M)
    assert "  alice asks: who am I?            bob" in told
    assert re.search(
        r"^this test decides nothing: alice could not log in: status 403 at POST /login \(request \d+, sent from .*\)$",
        told,
        re.M,
    )
    assert "test_skipped" not in told


def test_a_long_story_is_told_in_twelve_lines(shop: pytest.Pytester) -> None:
    shop.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="session")
        def cookielab_subject(buggy):
            return buggy

        def test_long(lab, alice, bob):
            alice.login()
            for _ in range(30):
                alice.whoami()
            bob.login()
            alice.whoami()
            bob.whoami()
        """
    )
    told = failures(shop.runpytest("-p", "no:anyio"))
    assert story(told)[:-1] == [
        "> alice logs in                    done",
        "  ... 24 more",
        *["  alice asks: who am I?            alice"] * 6,
        "  bob logs in                      done",
        "> alice asks: who am I?            bob",
        "  bob asks: who am I?              bob",
    ]

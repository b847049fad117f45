"""What a test may do: people, where they sit, what they do at once, the network, whole scenarios."""

import re
from pathlib import Path

import pytest

from tests.testing.conftest import failures

pytestmark = pytest.mark.netns


def test_every_test_begins_anew(shop: pytest.Pytester) -> None:
    """Jars, history, the gateway's kind and its table are as before, whatever the test before has done."""
    shop.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", [1, 2])
        @pytest.mark.cookielab(nat="pool")
        def test_changes(lab, alice, number):
            assert [event.action for event in lab.events if hasattr(event, "action")] == []
            assert alice.jar == () and lab.network.table() == ()
            alice.login()
            assert alice.jar and alice.whoami().view.user == "alice"
            assert len(lab.network.table()) >= 1
            assert [change.detail for change in lab.events if type(change).__name__ == "NetworkChange"] == ["pool"]

        def test_after(lab):
            import json
            argv = ("python", "-m", "nat.gateway", "show", "--json")
            from cookielab.engines.process import output
            shown = json.loads(output(lab.session.lab.engine.spawn("home-gateway", argv, privileged=True)))
            assert shown["kind"] == "port-preserving"
        """
    )
    shop.runpytest("-p", "no:anyio").assert_outcomes(passed=3)


def test_who_is_where(shop: pytest.Pytester) -> None:
    """People of a fixture share an address or not; others are made, at a host or in a network; all can act at once."""
    shop.makepyfile(
        """
        import shop

        def test_places(lab, alice, bob, carol, dave, mended, cookielab_subject):
            erin = lab.person("erin", host="office", user="alice")
            frank = lab.person("frank", host="home", user="bob")
            assert lab.person("erin") is erin
            addresses = {p.name: lab.network.public_address(p)[-2:] for p in (alice, bob, carol, dave, erin, frank)}
            assert addresses == {"alice": ".2", "bob": ".2", "carol": ".2", "dave": ".3", "erin": ".3", "frank": ".2"}
            assert (erin.user, frank.user, dave.user) == ("alice", "bob", "dave")
            for person in (alice, bob, carol, dave, erin, frank):
                person.login()
            done = lab.together(alice.whoami, bob.whoami, carol.whoami, dave.whoami, erin.whoami)
            assert [request.view.user for request in done] == ["alice", "bob", "carol", "dave", "alice"]
            seen = cookielab_subject.what.config["seen"][-5:]
            assert {address[-2:] for address, port in seen} == {".2", ".3"}
            lab.network.roam(alice, "office")
            alice.whoami()
            assert cookielab_subject.what.config["seen"][-1][0][-2:] == ".3"
            lab.assert_holds("isolation", "steadiness", "uniqueness")

        def test_no_such_user(lab):
            lab.person("erin")

        def test_no_such_host(lab):
            lab.person("alice", host="offic")

        def test_not_tested(lab, alice):
            alice.login()
            lab.assert_holds("finality")

        def test_nothing_tested(lab, alice):
            lab.assert_holds()

        def test_no_such_invariant(lab, alice):
            lab.assert_holds("isolatoin")
        """
    )
    result = shop.runpytest("-p", "no:anyio")
    result.assert_outcomes(passed=1, failed=5)
    told = [line.removeprefix("E").strip() for line in failures(result).splitlines() if line.startswith("E ")]
    assert told[0].startswith(
        "cookielab.errors.UsageError: erin is no user of the subject, whose users are alice, bob, carol, dave: "
    )
    assert told[0].endswith("add erin to `users`, or say who it is: lab.person('erin', user=...)")
    assert told[1].startswith(
        "cookielab.errors.UsageError: unknown host 'offic'. Did you mean 'office'? There are: alice, bob, "
    )
    assert told[2] == "AssertionError: finality: unknown: no ended id was tried again"
    assert told[3].startswith("AssertionError: nothing was judged: isolation: ")
    assert told[4].startswith(
        "cookielab.errors.UsageError: unknown invariant 'isolatoin'. Did you mean 'isolation'? There are: "
    )


def test_scenarios(shop: pytest.Pytester) -> None:
    """All that have a tag are played, with the power check; one that breaks fails its test; one that does not apply is skipped."""
    shop.makepyfile(
        """
        import pytest
        from cookielab.testing import scenarios

        assert len(scenarios()) > 15
        assert [each.id for each in scenarios(tag="restart")] == ["restart"]

        @pytest.mark.parametrize("scenario", [*scenarios(tag="nat"), *scenarios(tag="user-switch"), *scenarios(tag="restart")])
        def test_mended(lab, scenario):
            assert lab.play(scenario).power

        class TestBuggy:
            @pytest.fixture
            def cookielab_subject(self, buggy):
                return buggy

            def test_nat(self, lab):
                lab.play("nat")

        def test_tag():
            scenarios(tag="isolaton")
        """
    )
    result = shop.runpytest("-p", "no:anyio", "-rs")
    result.assert_outcomes(passed=2, failed=2, skipped=1)
    told = result.stdout.str()
    assert re.search(
        r"^SKIPPED \[1\] .*restart: this server is not started by the lab; give `run:` in the profile$", told, re.M
    )
    assert re.search(r"^E +cookielab.testing.lab.Fallen: nat: broken: (isolation|steadiness|continuity): ", told, re.M)
    assert re.search(
        r"^E +cookielab.errors.UsageError: unknown tag 'isolaton'. Did you mean 'isolation'\? There are: ", told, re.M
    )


def test_capture(shop: pytest.Pytester) -> None:
    """What passes the home gateway in this test is recorded beside its history, and in no other test's."""
    shop.makepyfile(
        """
        import pytest
        from pathlib import Path

        @pytest.mark.cookielab(capture="passive")
        def test_packets(lab, alice):
            alice.login()
            Path("packets").write_text(str(lab.folder))

        @pytest.mark.cookielab(capture="mitm")
        def test_flows(lab, alice, bob):
            alice.login()
            bob.login()
            Path("flows").write_text(str(lab.folder))
            assert lab.network.outside(alice) == ""

        def test_neither(lab, alice):
            alice.login()
            assert lab.network.outside(alice)
            Path("neither").write_text(str(lab.folder))
        """
    )
    shop.runpytest("-p", "no:anyio", "--cookielab-trace").assert_outcomes(passed=3)

    def kept(name: str) -> set[str]:
        """Files with something in them; a short test may be over before conntrack has told anything."""
        files = Path((shop.path / name).read_text()).iterdir()
        return {file.name for file in files if file.stat().st_size or file.name == "conntrack.log"}

    plain = {"history.jsonl", "verdicts.json"}
    assert kept("neither") == plain
    assert kept("packets") == plain | {"public.pcap", "home.pcap", "conntrack.log"}
    assert kept("flows") == plain | {"flows.mitm"}

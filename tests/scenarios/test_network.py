"""What a scenario does to the network is seen by the server, and undone when the scenario is over."""

import json

import pytest

from cookielab.engines.base import Engine
from cookielab.engines.process import output
from cookielab.errors import UsageError
from cookielab.judging.events import Event, Incident, RunEnd
from cookielab.stage import Stage
from tests.scenarios.conftest import Gateway, Player


def way_out(lab: Engine, host: str) -> str:
    """Where the host's default route leads."""
    (route,) = json.loads(output(lab.spawn(host, ("ip", "-json", "route", "show", "default"))))
    return f"via {route['gateway']} dev {route['dev']}"


def ended(events: tuple[Event, ...]) -> None:
    assert isinstance(events[-1], RunEnd), events[-1]


def test_a_gateway_is_put_back_as_it_was(perform: Player, gateway: Gateway) -> None:
    def story(stage: Stage) -> None:
        stage.network.nat("pool", "40000-40003")
        stage.network.timers(time_wait=1, close=1)
        stage.network.nat("random")
        assert gateway("show") == {**before, "kind": "random", "time_wait": 1, "close": 1}

    before = gateway("show")
    ended(perform(story))
    assert gateway("show") == before


def test_a_gateway_is_put_back_also_after_a_failure(perform: Player, gateway: Gateway) -> None:
    def story(stage: Stage) -> None:
        stage.network.nat("random")
        raise ZeroDivisionError

    before = gateway("show")
    assert isinstance(perform(story)[-1], Incident)
    assert gateway("show") == before


def test_who_has_roamed_is_brought_home(perform: Player, lab: Engine) -> None:
    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        alice.visit()
        stage.network.roam(alice, "office")
        there = way_out(lab, "alice")
        assert there != before
        assert str(lab.topology.host("office-gateway").on("office")) in there
        visit = alice.visit()
        seen = visit and visit.view
        assert seen
        assert seen.seen_from
        assert seen.seen_from.startswith(f"{lab.topology.host('office-gateway').on('public')}:")

    def afterwards(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        alice.visit()

    before = way_out(lab, "alice")
    ended(perform(story))
    assert way_out(lab, "alice") == before
    ended(perform(afterwards))


def test_who_has_no_leg_there_cannot_roam(perform: Player, lab: Engine) -> None:
    def story(stage: Stage) -> None:
        (bob,) = stage.people("bob")
        with pytest.raises(UsageError) as caught:
            stage.network.roam(bob, "office")
        assert str(caught.value) == "host bob has no leg on network 'office'; it has: home"

    before = way_out(lab, "bob")
    ended(perform(story))
    assert way_out(lab, "bob") == before


def test_the_gateway_knows_where_people_come_out(perform: Player) -> None:
    """The table's answer and the server's are the same; a closed connection is forgotten when its time is over."""

    def story(stage: Stage) -> None:
        alice, bob = stage.people("alice", "bob")
        stage.network.timers(time_wait=1, close=1)
        views = [visit and visit.view for visit in (alice.visit(), bob.visit())]
        assert stage.network.outsides(alice, bob) == [view and view.seen_from for view in views]
        stage.network.wait_until_forgotten(alice)
        assert stage.network.outsides(alice, bob) == [None, views[1] and views[1].seen_from]

    ended(perform(story))


def test_a_rebooted_gateway_has_forgotten_everybody(perform: Player) -> None:
    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        alice.visit()
        stage.network.flush()
        assert stage.network.outside(alice) is None

    ended(perform(story))


@pytest.mark.parametrize("harm", ["losing", "resetting"])
@pytest.mark.parametrize("what", ["requests", "replies"])
def test_trouble_is_one_persons_and_ends(perform: Player, lab: Engine, harm: str, what: str) -> None:
    """1. Alice gets no answer, and it is laid to nobody 2. Bob does 3. the server has had what only the reply was lost of
    4. all is whole again, and no rule is left."""

    def story(stage: Stage) -> None:
        alice, bob = stage.people("alice", "bob")
        for person in (alice, bob):
            person.login()
            person.write()
        with getattr(stage.network, harm)(what, of=alice):
            lost = alice.write()
            told = bob.whoami()
        assert lost
        assert (lost.status, lost.trouble) == (None, stage_words(harm, what))
        assert lost.error in ({"timeout"} if harm == "losing" else {"reset", "empty_reply"})
        assert told
        assert told.accepted
        alice.new_connection()
        now = alice.read()
        assert now
        assert now.view
        assert (now.view.note == lost.canary) is (what == "replies")

    ended(perform(story))
    assert tables(lab) == {"cookielab", "cookielab_timers"} & tables(lab)


def test_trouble_and_reboot_are_over_also_after_a_failure(perform: Player, lab: Engine) -> None:
    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        stage.network.reboot()
        with stage.network.losing("requests", of=alice):
            assert tables(lab) >= {"cookielab_trouble", "cookielab_reboot"}
            raise ZeroDivisionError

    assert isinstance(perform(story)[-1], Incident)
    assert tables(lab) == {"cookielab", "cookielab_timers"} & tables(lab)


def test_after_a_reboot_the_old_connection_is_reset_and_the_next_one_works(perform: Player) -> None:
    """After a mere flush the gateway takes the connection up again, and nobody notices."""

    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        for change, resent in ((stage.network.flush, False), (stage.network.reboot, True)):
            alice.visit()
            change()
            again = alice.visit()
            assert again
            assert (again.status, again.resent) == (200, resent)

    ended(perform(story))


def stage_words(harm: str, what: str) -> str:
    return f"{what} get lost" if harm == "losing" else f"a reset in place of {what}"


def tables(lab: Engine) -> set[str]:
    """The lab's tables at the home gateway."""
    said = output(lab.spawn("home-gateway", ("nft", "list", "tables"), privileged=True))
    return {line.split()[-1] for line in said.splitlines()}

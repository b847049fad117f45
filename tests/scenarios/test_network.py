"""What a scenario does to the network is seen by the server, and undone when the scenario is over."""

import json
from ipaddress import IPv6Network

import pytest

from cookielab.engines.base import Engine
from cookielab.engines.process import output
from cookielab.errors import UsageError
from cookielab.judging.events import Event, Incident, RunEnd
from cookielab.lab.parts import present
from cookielab.stage import Stage, six
from cookielab.stage.six import wanted
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
    assert not {"cookielab_trouble", "cookielab_reboot"} & tables(lab)


def test_trouble_and_reboot_are_over_also_after_a_failure(perform: Player, lab: Engine) -> None:
    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        stage.network.reboot()
        with stage.network.losing("requests", of=alice):
            assert tables(lab) >= {"cookielab_trouble", "cookielab_reboot"}
            raise ZeroDivisionError

    assert isinstance(perform(story)[-1], Incident)
    assert not {"cookielab_trouble", "cookielab_reboot"} & tables(lab)


def test_after_a_reboot_the_old_connection_is_reset_and_the_next_one_works(perform: Player) -> None:
    """After a mere flush the gateway takes the connection up again, and nobody notices."""

    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        for change, anew in ((stage.network.flush, False), (stage.network.reboot, True)):
            before = alice.visit()
            change()
            again = alice.visit()
            assert before
            assert again
            assert (again.status, again.local != before.local) == (200, anew)

    ended(perform(story))


def stage_words(harm: str, what: str) -> str:
    return f"{what} get lost" if harm == "losing" else f"a reset in place of {what}"


def tables(lab: Engine) -> set[str]:
    """The lab's tables at the home gateway."""
    said = output(lab.spawn("home-gateway", ("nft", "list", "tables"), privileged=True))
    return {line.split()[-1] for line in said.splitlines()}


def test_ipv6_is_routed_as_it_is_and_goes_with_the_play(perform: Player, lab: Engine) -> None:
    """1. the server sees the host's own address, each time another one 2. over IPv4 it sees the gateway's 3. all is as before."""
    if lab.name != "netns":
        pytest.skip("Docker's hosts get IPv6 addresses only when they start")

    def story(stage: Stage) -> None:
        stage.on_both_protocols()
        (alice,) = stage.people("alice")
        seen = set()
        for _ in range(2):
            address = stage.network.over_ipv6(alice)
            visit = alice.visit()
            assert visit
            assert visit.view
            assert (visit.view.seen_from or "").startswith(f"[{address}]:")
            seen.add(address)
        assert len(seen) == 2
        stage.network.over_ipv4(alice)
        visit = alice.visit()
        assert visit
        assert visit.view
        assert (visit.view.seen_from or "").startswith(f"{stage.network.public_address(alice)}:")

    before = [sixes(lab, host) for host in ("alice", "home-gateway", "server")]
    ended(perform(story))
    assert [sixes(lab, host) for host in ("alice", "home-gateway", "server")] == before


def test_an_ipv6_range_that_the_machine_has_leaves_nothing_behind(
    perform: Player, lab: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The play ends with the message, as a fault of the lab: its verdict is unknown."""
    if lab.name != "netns":
        pytest.skip("Docker's hosts get IPv6 addresses only when they start")

    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        stage.network.over_ipv6(alice)

    def taken(text: str) -> IPv6Network:
        return wanted(text, lambda *_, **__: '[{"dst": "2001:db8::/32", "dev": "eth0"}]')

    monkeypatch.setattr(six, "wanted", taken)
    before = [sixes(lab, host) for host in ("alice", "home-gateway", "server")]
    incident = perform(story)[-1]
    assert isinstance(incident, Incident)
    assert incident.text.startswith(
        "IPv6 range 2001:db8:5::/48 overlaps the route 2001:db8::/32 of this machine (on eth0); "
    )
    assert [sixes(lab, host) for host in ("alice", "home-gateway", "server")] == before


def sixes(lab: Engine, host: str) -> str:
    """The IPv6 addresses and routes of a host, and whether it forwards."""
    script = "ip -6 -o address; ip -6 route; cat /proc/sys/net/ipv6/conf/all/forwarding"
    return "\n".join(
        line
        for line in output(lab.spawn(host, ("sh", "-c", script))).splitlines()
        if "valid_lft" not in line or "/" in line
    )


def test_who_enters_the_vpn_leaves_by_its_exit_and_nothing_of_it_stays(perform: Player, lab: Engine) -> None:
    """1. inside the server sees the exit 2. outside the home's gateway 3. inside again 4. links and routes are as before."""

    def story(stage: Stage) -> None:
        (alice,) = stage.people("alice")
        exit_, home = str(lab.topology.host("vpn").on("public")), stage.network.public_address(alice)
        for enter in (True, False, True):
            if enter:
                assert "kernel" in stage.network.enter_vpn(alice)
            else:
                stage.network.leave_vpn(alice)
            visit = alice.visit()
            assert visit
            assert visit.view
            assert (visit.view.seen_from or "").startswith(f"{exit_ if enter else home}:")

    def shown() -> list[str]:
        return [output(lab.spawn("alice", ("ip", "-4", *words))) for words in (("-o", "link"), ("route",))]

    before = shown()
    with present(lab, ("vpn",)) as missing:
        assert missing is None
        ended(perform(story))
        assert shown() == before

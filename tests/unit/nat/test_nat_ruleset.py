"""The rules files are ordinary nft files; what the gateway adds to them is little, and it reads the kernel's answer."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from nat import ruleset, settings
from nat.command import GatewayError, UsageError

WISH = settings.read(
    {
        "WAN": "198.51.100.2",
        "LAN": "192.168.10.1",
        "POOL_ADDRESSES": "198.51.100.16-198.51.100.19",
        "CONSOLE": "198.51.100.1",
    }
)
INTERFACES = {"WAN": "eth1", "LAN": "eth0"}
DEFINES = """define WAN_IF = "eth1"
define LAN_IF = "eth0"
define CONSOLE = { 127.0.81.1, 198.51.100.1 }
define NATTED = ipv4
define POOL_PORTS = 40000-40003
define EXIT_0 = 198.51.100.16
define EXIT_1 = 198.51.100.17
define EXIT_2 = 198.51.100.18
define EXIT_3 = 198.51.100.19
"""


def code(text: str) -> str:
    """The rules without their comments."""
    return re.sub(r"#.*", "", text)


def kernel(*items: dict[str, Any]) -> str:
    """What `nft -j list ruleset inet` prints."""
    return json.dumps({"nftables": [{"metainfo": {"version": "1.0.6"}}, *items]})


def nat_rule(kind: str, **expression: Any) -> dict[str, Any]:
    return {
        "rule": {"table": "cookielab", "chain": "postrouting", "comment": kind, "expr": [{"match": {}}, expression]}
    }


def test_variables_are_defined_from_addresses_and_interfaces() -> None:
    assert ruleset.defines(WISH, INTERFACES) == DEFINES


@pytest.mark.parametrize("name", [*settings.KINDS, "base", "capture"])
def test_rules_files_use_no_variable_that_is_not_defined(name: str) -> None:
    """So every file loads with the same variables in front of it."""
    used = set(re.findall(r"\$(\w+)", code(ruleset.text(name))))
    assert used <= set(re.findall(r"define (\w+)", DEFINES))


@pytest.mark.parametrize("kind", settings.KINDS)
def test_kind_is_written_beside_its_rule_so_that_the_kernel_can_tell_it(kind: str) -> None:
    assert re.findall(r'comment "([^"]+)"', code(ruleset.text(kind))) == [kind]


@pytest.mark.parametrize("kind", settings.KINDS)
def test_every_kind_replaces_the_one_before_and_explains_itself(kind: str) -> None:
    """Short files: what it is in the first line, RFC 4787's three terms, and not more than 30 lines."""
    text = ruleset.text(kind)
    assert ruleset.summary(kind) in text.splitlines()[0]
    assert ruleset.summary(kind)
    for term in ("#   mapping   ", "#   ports     ", "#   pooling   "):
        assert term in text
    assert code(text).split()[:5] == ["flush", "chain", "inet", "cookielab", "postrouting"]
    assert len(text.splitlines()) <= 30


@pytest.mark.parametrize("kind", ["paired", "per-connection"])
def test_kind_with_several_addresses_deals_out_as_many_as_there_are(kind: str) -> None:
    exits = re.findall(r"\$EXIT_(\d)", code(ruleset.text(kind)))
    assert exits == [str(number) for number in range(settings.EXITS)]


@pytest.mark.parametrize("kind", ["paired", "per-connection"])
def test_kind_with_several_addresses_says_so_where_there_are_none(kind: str) -> None:
    with pytest.raises(UsageError) as caught:
        ruleset.of_kind(replace(WISH, kind=kind, exits=()))
    assert str(caught.value) == (
        f"NAT kind {kind} needs several public addresses and POOL_ADDRESSES is not set; "
        "give a range like 198.51.100.16-198.51.100.19"
    )


def test_timers_are_written_into_the_policy() -> None:
    """Two numbers are all that changes in the file."""
    assert "policy = { time_wait : 1, close : 20 }" in ruleset.of_timers(1, 20)
    assert "$" not in ruleset.of_timers(1, 20)


@pytest.mark.parametrize(
    ("words", "requests", "replies"),
    [
        (("lose", "requests"), "drop", "accept"),
        (("lose", "replies"), "accept", "drop"),
        (("reset", "requests"), "reject with tcp reset", "accept"),
        (("reset", "replies"), "accept", "tcp flags set rst | ack"),
    ],
)
def test_trouble_is_one_clients_and_one_directions(words: tuple[str, str], requests: str, replies: str) -> None:
    """Two rules each way, of which one way does nothing."""
    rules = ruleset.of_trouble("192.168.10.11", *words)
    assert rules.count(f"iifname $LAN_IF ip saddr 192.168.10.11 tcp flags & psh == psh {requests}\n") == 1
    assert rules.count(f"oifname $LAN_IF ip daddr 192.168.10.11 tcp flags & psh == psh {replies}\n") == 1
    assert set(re.findall(r"\$(\w+)", rules)) == {"LAN_IF"}
    assert "ip6 saddr fd00::11 " in ruleset.of_trouble("fd00::11", *words)


@pytest.mark.parametrize("capture", ["passive", "off"])
def test_only_mitm_redirects(capture: str) -> None:
    assert "redirect to :8080" in ruleset.of_capture("mitm")
    assert ruleset.of_capture(capture) == "flush chain inet cookielab prerouting\n"


def test_state_is_what_the_kernel_lists() -> None:
    """Kind, ports and capture from the rules; a timer that nft leaves out has the value that nft takes for usual."""
    pool = nat_rule("pool", masquerade={"port": {"range": [40000, 40003]}})
    mitm = {"rule": {"table": "cookielab", "chain": "prerouting", "comment": "mitm", "expr": []}}
    timers = {"ct timeout": {"table": "cookielab_timers", "name": "finished", "policy": {"time_wait": 1}}}
    assert ruleset.parse(kernel(pool, mitm, timers)) == ruleset.State("pool", "40000-40003", "mitm", 1, 10)


def test_state_of_a_pool_of_one_port_and_usual_timers() -> None:
    one = nat_rule("pool", masquerade={"port": 40000})
    usual = {"ct timeout": {"table": "cookielab_timers", "name": "finished", "policy": None}}
    assert ruleset.parse(kernel(one, usual)) == ruleset.State("pool", "40000", "off", 120, 10)


def test_rules_of_others_are_not_ours() -> None:
    """A comment in somebody else's table says nothing of the lab."""
    usual = {"ct timeout": {"table": "cookielab_timers", "name": "finished", "policy": None}}
    foreign = {"rule": {"table": "theirs", "chain": "postrouting", "comment": "pool", "expr": []}}
    mine = nat_rule("random", masquerade={"flags": "fully-random"})
    plain = {"rule": {"table": "cookielab", "chain": "postrouting", "expr": [{"masquerade": None}]}}
    assert ruleset.parse(kernel(foreign, usual, plain, mine)) == ruleset.State("random", None, "off", 120, 10)


def test_missing_rules_are_an_error_with_a_remedy() -> None:
    with pytest.raises(GatewayError) as caught:
        ruleset.parse(kernel())
    assert str(caught.value) == (
        "the lab's rules are not loaded here (there is no NAT kind in the table inet cookielab): "
        "start them with `python -m nat.gateway serve`"
    )
    assert caught.value.exit_code == 1

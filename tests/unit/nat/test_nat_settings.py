"""The gateway's environment is read once, and every mistake in it is named with its remedy."""

import pytest

from nat import settings
from nat.command import UsageError

HOME = {"WAN": "198.51.100.2", "LAN": "192.168.10.1"}


def test_only_the_two_addresses_must_be_set() -> None:
    """Everything else has a default: port-preserving, no capture, four ports in the pool, no further addresses."""
    assert settings.read(HOME) == settings.Settings(
        wan="198.51.100.2",
        lan="192.168.10.1",
        kind="port-preserving",
        capture="off",
        ports="40000-40003",
        exits=(),
        console=(),
    )


def test_everything_can_be_set() -> None:
    """A range of addresses is counted out; a list of consoles may have spaces; addresses are written in one way."""
    read = settings.read(
        {
            "WAN": "2001:DB8:0:0::2",
            "LAN": "fd00::1",
            "NAT_KIND": "pool",
            "CAPTURE": "mitm",
            "POOL_PORTS": "500-500",
            "POOL_ADDRESSES": "2001:db8::e-2001:db8::11",
            "CONSOLE": "198.51.100.1, 192.168.10.254",
        }
    )
    assert read == settings.Settings(
        wan="2001:db8::2",
        lan="fd00::1",
        kind="pool",
        capture="mitm",
        ports="500",
        exits=("2001:db8::e", "2001:db8::f", "2001:db8::10", "2001:db8::11"),
        console=("198.51.100.1", "192.168.10.254"),
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"WAN": ""}, "WAN is not set: the gateway finds its interfaces by the addresses in WAN and LAN"),
        ({"LAN": "home"}, "LAN=home: is not an IP address; give it like 198.51.100.2"),
        (
            {"NAT_KIND": "port-preservng"},
            "unknown NAT kind 'port-preservng': did you mean port-preserving? "
            "there are port-preserving, random, pool, paired, per-connection",
        ),
        ({"NAT_KIND": "x"}, "unknown NAT kind 'x': there are port-preserving, random, pool, paired, per-connection"),
        ({"CAPTURE": "mit"}, "unknown capture mode 'mit': did you mean mitm? there are mitm, passive, off"),
        (
            {"POOL_PORTS": "40003-40000"},
            "POOL_PORTS=40003-40000: is not a range of ports; give it like 40000-40003, or one port like 40000",
        ),
        (
            {"POOL_PORTS": "1-65536"},
            "POOL_PORTS=1-65536: is not a range of ports; give it like 40000-40003, or one port like 40000",
        ),
        ({"CONSOLE": "me"}, "CONSOLE=me: is not an IP address; give it like 198.51.100.2"),
    ],
)
def test_a_mistake_is_named_with_its_value_and_remedy(wrong: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        settings.read(HOME | wrong)
    assert str(caught.value) == message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "text",
    ["198.51.100.16-198.51.100.18", "198.51.100.19-198.51.100.16", "198.51.100.16-fd00::1", "198.51.100.16", "-"],
)
def test_extra_addresses_are_as_many_as_the_rules_deal_out(text: str) -> None:
    """Too few would let some connections out untranslated, with the client's private address."""
    with pytest.raises(UsageError) as caught:
        settings.read(HOME | {"POOL_ADDRESSES": text})
    assert str(caught.value) == (
        f"POOL_ADDRESSES={text}: is not a range of 4 addresses, which is what the NAT kinds paired and "
        "per-connection deal out; give it like 198.51.100.16-198.51.100.19"
    )

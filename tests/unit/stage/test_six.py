"""The IPv6 range of a play: what is no range, and what this machine uses itself, is refused with the variable to set."""

import json
from collections.abc import Callable

import pytest

from cookielab.errors import LabError
from cookielab.stage.six import wanted


def machine(*routes: dict[str, str]) -> Callable[..., str]:
    """A machine that has these routes."""
    return lambda *_, **__: json.dumps(routes)


def test_a_range_that_the_machine_has_is_refused_with_the_route_and_the_remedy() -> None:
    with pytest.raises(LabError) as raised:
        wanted("2001:db8:5", machine({"dst": "default"}, {"dst": "2001:db8:5:1::/64", "dev": "eth0"}))
    assert str(raised.value) == (
        "IPv6 range 2001:db8:5::/48 overlaps the route 2001:db8:5:1::/64 of this machine (on eth0); "
        "set LAB_SIX_NET to the first three groups of a free /48, for example LAB_SIX_NET=2001:db8:77"
    )


def test_an_address_of_the_machine_counts_and_the_rest_of_the_world_does_not() -> None:
    others = ({"dst": "default"}, {"dst": "2000::/3", "dev": "eth0"}, {"type": "multicast", "dst": "ff00::/8"})
    assert str(wanted("fd00:1:2", machine(*others))) == "fd00:1:2::/48"
    with pytest.raises(LabError, match="overlaps the route fd00:1:2::7/128 of this machine"):
        wanted("fd00:1:2", machine({"type": "local", "dst": "fd00:1:2::7", "dev": "lo"}))


@pytest.mark.parametrize("text", ["10.1.2", "2001:db8:5:1:2:3:4:5:6", "2001:db8:5::", "x"])
def test_what_is_no_range_is_told_with_its_form(text: str) -> None:
    with pytest.raises(LabError) as raised:
        wanted(text, machine())
    assert str(raised.value) == (
        f"LAB_SIX_NET={text!r}: give the first three groups of a /48, as in LAB_SIX_NET=2001:db8:5"
    )

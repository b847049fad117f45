"""What an ended process has left on Docker: containers outlive whoever started them, whatever ended it.

A lab that is to end with its process has the mark of that process on all that belongs to it. Whoever comes next and finds
that the process has ended removes it; what has another mark, or none, is somebody's.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from .owner import ended

if TYPE_CHECKING:
    from docker import APIClient

LABEL = "org.cookielab.owner"
NOBODY = "none"
"""The label of a lab that stays up after its command."""
VARIABLE = "LAB_OWNER"
"""What the label is taken from: whoever sets it owns the labs of the commands that it starts."""


def sweep(api: "APIClient") -> list[str]:
    """Removes it, and says in words what it was."""

    def left(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for each in found if ended((each["Labels"] or {}).get(LABEL, NOBODY))]

    filters = {"label": LABEL}
    containers = left(api.containers(all=True, filters=filters))
    networks = left(api.networks(filters=filters))
    trouble = remove(api, containers, networks, cut=True)
    return [f"{text}, which an ended command had left" for text in words(containers, networks)] if not trouble else []


def remove(
    api: "APIClient",
    containers: Iterable[Mapping[str, Any]],
    networks: Iterable[Mapping[str, Any]],
    *,
    cut: bool = False,
) -> str:
    """Removes containers, and then networks; gives Docker's reasons where it cannot, empty where all is gone.

    `cut`: what others have on these networks loses that leg; else it is a reason.
    """
    boxes = [partial(api.remove_container, each["Id"], force=True, v=True) for each in containers]
    wires = [partial(_cut if cut else _removed, api, each["Id"]) for each in networks]
    said: list[str] = []
    for things in (boxes, wires):
        if things:
            with ThreadPoolExecutor(len(things)) as pool:
                said += pool.map(_attempt, things)
    return "; ".join(filter(None, said))


def _removed(api: "APIClient", network: str) -> None:
    api.remove_network(network)


def _cut(api: "APIClient", network: str) -> None:
    """Removes a network. A service of the user's that still has a leg there loses that, and runs on."""
    for container in api.inspect_network(network)["Containers"] or ():
        api.disconnect_container_from_network(container, network, force=True)
    api.remove_network(network)


def words(containers: Iterable[Mapping[str, Any]], networks: Iterable[Mapping[str, Any]]) -> list[str]:
    """How many of each, and their names."""
    names = {
        "container": {container["Names"][0].lstrip("/") for container in containers},
        "network": {network["Name"] for network in networks},
    }
    return [
        f"{len(those)} {kind}{'s' if len(those) > 1 else ''}: {', '.join(sorted(those))}"
        for kind, those in names.items()
        if those
    ]


def _attempt(removal: Callable[[], None]) -> str:
    from docker.errors import APIError, NotFound

    try:
        removal()
    except NotFound:
        pass
    except APIError as error:
        return str(error.explanation)
    return ""

"""What Docker opens and a lab must not have: a way from its hosts to the user's machine and the networks behind it.

The machine has an address on every network of which ports are published; over it, and by the default route that leads
there, a container reaches the machine's services and whatever the machine can reach. So in each container with a leg on
such a network that route is removed, and new connections to the machine and to Docker's own name server are refused.
What the machine begins, such as a request to a published port, is answered.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ..errors import LabError
from ..topology.records import Host, Topology
from .docker_left import LABEL

if TYPE_CHECKING:
    from docker import APIClient

IMAGE = "cookielab-gateway"
"""It has what it takes: ip and nft."""
PROJECT, FILES = "com.docker.compose.project", "com.docker.compose.project.config_files"
"""By these labels `down` finds what a killed command has left."""
NETWORK, SERVICE = "com.docker.compose.network", "com.docker.compose.service"
SEALED = "com.docker.network.bridge.inhibit_ipv4"
NAMES = "127.0.0.11"
"""Docker's name server, which asks the machine's own for what it does not know."""
SCRIPT = """
set -e
ip route show default | while read -r line; do ip route delete $line; done
nft -f - <<'END'
table inet cookielab_walls
delete table inet cookielab_walls
table inet cookielab_walls {{
    set closed {{ type ipv4_addr; elements = {{ {addresses} }} }}
    chain output {{
        type filter hook output priority filter - 1
        ct state established,related accept
        ip daddr @closed reject
    }}
    chain forward {{
        type filter hook forward priority filter - 1
        ct state established,related accept
        ip daddr @closed reject
    }}
}}
END
"""


def close(
    api: "APIClient", topology: Topology, hosts: Iterable[Host], networks: Iterable[Mapping[str, Any]], owner: str
) -> None:
    """Closes these hosts, those of them that have a leg where the machine has an address. LabError where that fails.

    `networks`: those of the lab as Docker tells of them. `owner`: the mark of whoever the lab is to end with.
    """
    machine = {
        network["Labels"][NETWORK]: [config["Gateway"] for config in network["IPAM"]["Config"] if "Gateway" in config]
        for network in networks
        if (network.get("Options") or {}).get(SEALED) != "true"
    }
    labels = {PROJECT: topology.name, FILES: ",".join(str(file.resolve()) for file in topology.files), LABEL: owner}
    ways = [
        (
            host,
            f"{topology.name}-{host.name}-1",
            [address for leg in host.legs for address in machine.get(leg.network, ())],
        )
        for host in hosts
        if any(machine.get(leg.network) for leg in host.legs)
    ]
    if not ways:
        return
    with ThreadPoolExecutor(len(ways)) as pool:
        for trouble in pool.map(lambda way: _close(api, labels, *way), ways):
            if trouble:
                raise LabError(trouble)


def _close(api: "APIClient", labels: Mapping[str, str], host: Host, container: str, addresses: list[str]) -> str:
    script = SCRIPT.format(addresses=", ".join((*addresses, NAMES)))
    within = "NET_ADMIN" in host.capabilities and not host.gateway
    code, said = _inside(api, container, script) if within else beside(api, labels, container, script)
    return f"host {host.name}: its way to this machine could not be closed (exit code {code}): {said}" if code else ""


def _inside(api: "APIClient", container: str, script: str) -> tuple[int, str]:
    """Runs the script in a container that may change its network."""
    ident = api.exec_create(container, ["sh", "-c", script], user="root")["Id"]
    said = api.exec_start(ident).decode(errors="replace").strip()
    return int(api.exec_inspect(ident)["ExitCode"]), said


def beside(
    api: "APIClient", labels: Mapping[str, str], container: str, script: str, *, tell: bool = False
) -> tuple[int, str]:
    """Runs it in a container of its own that shares the other one's network, and for a moment has a right to change it.

    Gives its exit code, and what it has printed where that is not 0 or is asked for.
    """
    config = api.create_host_config(network_mode=f"container:{container}", cap_drop=["ALL"], cap_add=["NET_ADMIN"])
    helper = api.create_container(IMAGE, ["sh", "-c", script], user="root", labels=dict(labels), host_config=config)[
        "Id"
    ]
    try:
        api.start(helper)
        code = int(api.wait(helper)["StatusCode"])
        return code, api.logs(helper).decode(errors="replace").strip() if code or tell else ""
    finally:
        api.remove_container(helper, force=True)

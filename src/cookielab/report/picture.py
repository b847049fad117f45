"""Who sits behind which address, in a few lines, drawn from the topology."""

from collections.abc import Mapping

from ..topology.records import Host, Topology


def picture(topology: Topology, kinds: Mapping[str, str]) -> str:
    """One block a gateway: its clients, its two sides, its NAT kind (`kinds`: gateway name to kind), the server."""
    return "\n".join(_block(topology, gateway, kinds.get(gateway.name, "")) for gateway in topology.gateways())


def _block(topology: Topology, gateway: Host, kind: str) -> str:
    clients = [client for client in topology.clients() if topology.gateway_of(client.name).name == gateway.name]
    inside = {leg.network for client in clients for leg in client.legs}
    outside = next((leg for leg in gateway.legs if leg.network not in inside), gateway.legs[0])
    server = topology.host("server")
    lines = []
    for number, client in enumerate(clients):
        address = next(str(leg.address) for leg in client.legs if leg.network in {g.network for g in gateway.legs})
        middle = number == (len(clients) - 1) // 2
        brace = (
            "─"
            if len(clients) == 1
            else "┐"
            if number == 0
            else "┘"
            if number == len(clients) - 1
            else "┼"
            if middle
            else "┤"
        )
        text = f"  {client.name:6} {address:14} ─{brace}"
        if middle:
            text += f"─ {gateway.name}, NAT {kind or 'unknown'} ── {outside.address} ── server {server.legs[0].address}"
        lines.append(text)
    return "\n".join(lines)

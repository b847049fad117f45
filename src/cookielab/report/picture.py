"""Who sits behind which address, in a few lines, drawn from the topology."""

from collections.abc import Mapping

from ..topology.records import Host, Topology


def picture(topology: Topology, kinds: Mapping[str, str], width: int | None = None) -> str:
    """One block a gateway: its clients, its two sides, its NAT kind (`kinds`: gateway name to kind), the server.

    `width`: what a line may have; beyond it, what lies behind the gateways stands below them. None: any.
    """
    for narrow in (False, True):
        drawn = "\n".join(
            _block(topology, gateway, kinds.get(gateway.name, ""), narrow=narrow) for gateway in topology.gateways()
        )
        if width is None or max(map(len, drawn.split("\n"))) <= width:
            break
    return drawn


def _block(topology: Topology, gateway: Host, kind: str, *, narrow: bool) -> str:
    clients = [client for client in topology.clients() if topology.gateway_of(client.name).name == gateway.name]
    inside = {leg.network for client in clients for leg in client.legs}
    outside = next((leg for leg in gateway.legs if leg.network not in inside), gateway.legs[0])
    server = topology.host("server")
    does, leads = f"NAT {kind or 'unknown'}", f"{outside.address} ── server {server.legs[0].address}"
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
            text += f"─ {gateway.name}{'' if narrow else f', {does} ── {leads}'}"
        lines.append(text)
    if narrow:
        lines += [f"         {does}", f"         {leads}"]
    return "\n".join(lines)

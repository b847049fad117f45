"""The two ways into a subject that speaks TLS beside plain HTTP, and whom people and mitmproxy believe there."""

from dataclasses import dataclass

from ..engines.base import Engine
from ..engines.process import output
from ..subjects import front
from ..subjects.kinds import Place
from ..subjects.servers import NAME, start_secured

PROXY = "mitmweb"
PROXYS_OWN = "/run/cookielab/mitmproxy/mitmproxy-ca-cert.pem"
BELIEVED = "/run/cookielab/believed"
"""nat/transparent.py knows it, too."""


@dataclass(frozen=True, slots=True)
class Doors:
    """`plain`: where those arrive who type no https. `secure`: where TLS is spoken."""

    plain: Place
    secure: Place


def opened(engine: Engine, handler: str, number: int, *, proxied: bool) -> Doors:
    """A handler of the lab's with both, the how many-th subject of its play; the certificate is made for it alone.

    `proxied`: mitmproxy stands in between and looks into TLS; so it believes the server, and people believe it.
    """
    certificate = front.made_for(NAME)
    server, port = start_secured(engine, handler, certificate.chain, number=number)
    ca = certificate.ca + (_introduced(engine, certificate.ca, f"{handler}-{port}") if proxied else "")
    return Doors(Place(server, server.url), Place(server, f"https://{NAME}:{port}", ca=ca))


def _introduced(engine: Engine, ca: str, name: str) -> str:
    """Has mitmproxy believe this CA, and gives its own."""
    script = 'mkdir -p "$1" && rm -f "$1"/*.pem && echo "$2" > "$1/$(date +%s%N)-$3.pem"'
    output(engine.spawn(PROXY, ("sh", "-c", script, "sh", BELIEVED, ca, name)))
    return output(engine.spawn(PROXY, ("cat", PROXYS_OWN)))

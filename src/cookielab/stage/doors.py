"""The two ways into a subject that speaks TLS beside plain HTTP."""

from dataclasses import dataclass

from ..engines.base import Engine
from ..subjects import front
from ..subjects.kinds import Place
from ..subjects.servers import NAME, start_secured


@dataclass(frozen=True, slots=True)
class Doors:
    """`plain`: where those arrive who type no https. `secure`: where TLS is spoken."""

    plain: Place
    secure: Place


def opened(engine: Engine, handler: str, number: int) -> Doors:
    """A handler of the lab's with both, the how many-th subject of its play; the certificate is made for it alone."""
    certificate = front.made_for(NAME)
    server, port = start_secured(engine, handler, certificate.chain, number=number)
    return Doors(Place(server, server.url), Place(server, f"https://{NAME}:{port}", ca=certificate.ca))

"""`tls: true`: a certificate of the lab's own in front of the subject, made for one run and believed by its people alone."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from ..engines.base import Engine
from ..engines.process import output
from ..errors import LabError
from . import forwarding

PORT = 9801
"""The port at the subject's host at which TLS ends. Nobody needs to know it: what comes for the subject is led there."""
_LED = """
table ip front{behind} {{
    chain prerouting {{
        type nat hook prerouting priority dstnat - 10
        iif != lo ip daddr {address} tcp dport {behind} redirect to :{port}
    }}
    chain out {{
        type filter hook output priority raw
        oif lo tcp dport {behind} notrack
        oif lo tcp sport {behind} notrack
    }}
    chain in {{
        type filter hook prerouting priority raw
        iif lo tcp dport {behind} notrack
        iif lo tcp sport {behind} notrack
    }}
}}
"""
"""Both halves of a connection have the same addresses and ports: the kernel's table of connections knows the outer one."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """`ca`: what clients believe. `chain`: the key and the certificates that stand in front of the subject. Both PEM."""

    ca: str
    chain: bytes


def made_for(name: str) -> Certificate:
    """A certificate for the name or the address by which people reach the subject."""
    import trustme

    authority = trustme.CA(organization_name="Cookie Lab")
    return Certificate(
        authority.cert_pem.bytes().decode("ascii"), authority.issue_cert(name).private_key_and_cert_chain_pem.bytes()
    )


def stand(engine: Engine, host: str, behind: int, chain: bytes) -> Callable[[], None]:
    """Puts this key and certificates in front of a port of a host; gives what takes them away.

    What comes for the port speaks TLS; it arrives plain, at the host's own address or at 127.0.0.1, and from the address
    and the port from which the caller came. For that, whatever the port sends is led back to the host itself.
    """
    own = str(engine.topology.host(host).legs[0].address)
    rule = f"ipproto tcp sport {behind} lookup {behind}"
    script = (
        f"ip route replace local default dev lo table {behind} && ip rule add {rule} && nft -f - <<'END'"
        f"{_LED.format(behind=behind, address=own, port=PORT)}END\n"
    )
    with contextlib.ExitStack() as undo:
        undo.callback(_away, engine, host, f"nft delete table ip front{behind}; ip rule delete {rule}")
        output(engine.spawn(host, ("sh", "-c", script), privileged=True))
        words = (own, str(PORT), str(len(chain)), str(behind), own, "127.0.0.1")
        undo.callback(forwarding.passing(engine, host, "front", *words, more=chain).stop)
        return undo.pop_all().close


def _away(engine: Engine, host: str, script: str) -> None:
    with contextlib.suppress(LabError):  # the lab has ended, and all of this with it
        output(engine.spawn(host, ("sh", "-c", script), privileged=True))

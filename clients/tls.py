"""Which certificates a client believes: those of the system, of a CA that the driver names, or any."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from clients.failures import UsageFault
from clients.fields import Fields

if TYPE_CHECKING:
    import ssl


@dataclass(frozen=True, slots=True)
class Trust:
    """`ca` is the PEM text of further CAs beside the system's; `verify` False believes anything."""

    ca: str = ""
    verify: bool = True


def trust_in(fields: Fields) -> Trust:
    """What the field `tls` says."""
    if fields.null("tls") or "tls" not in fields.left:
        return Trust()
    inner = fields.inner("tls")
    trust = Trust(inner.optional("ca") or "", inner.flag("verify", default=True))
    inner.done()
    context(trust)
    return trust


@lru_cache(maxsize=16)
def context(trust: Trust) -> "ssl.SSLContext":
    """The settings of a connection; UsageFault where the CA is none."""
    import ssl  # it takes as long as a fifth of an agent's start

    made = ssl.create_default_context()
    made.set_alpn_protocols(["http/1.1"])
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT  # browsers are not as strict with a CA made at home
    if trust.ca:
        try:
            made.load_verify_locations(cadata=trust.ca)
        except (ssl.SSLError, ValueError):
            raise UsageFault(f"'tls': 'ca' holds no certificate in PEM form: {trust.ca[:60]!r}") from None
    if not trust.verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made

"""Whether a server may throw out what has not expired: as a cache does, and a store of sessions must not.

It throws out single keys. A session that it takes is a visitor who is logged out. The list of a user's sessions that it
takes is worse: sessions that nobody finds are not ended when a password is changed. See `RedisSteps.sessions_of`.
"""

import logging
import re

from ..errors import SessionError, StoreUnavailable
from .steps import Reply, Wire

NEVER = "noeviction"
UNKNOWN = "unknown"
_log = logging.getLogger(__name__)


async def policy_of(wire: Wire) -> str:
    """The server's maxmemory-policy; UNKNOWN where it tells this user nothing. Raises StoreUnavailable."""
    for command in ((b"INFO", b"memory"), (b"CONFIG", b"GET", b"maxmemory-policy")):
        try:
            reply = await wire.ask(*command)
        except StoreUnavailable:
            raise
        except SessionError:  # not allowed, or renamed
            continue
        if found := re.search(r"maxmemory[-_]policy\W+([\w-]+)", _text(reply)):
            return found[1]
    return UNKNOWN


async def warn(wire: Wire, shown: str) -> None:
    """Log what is wrong with it, if anything is."""
    policy = await policy_of(wire)
    if policy == UNKNOWN:
        _log.warning(
            "Redis at %s does not tell its maxmemory-policy, which has to be noeviction: allow this user INFO (ACL SETUSER)",
            shown,
        )
    elif policy != NEVER:
        _log.warning(
            "Redis at %s has maxmemory-policy %s: when its memory is full it throws sessions out, and visitors are logged "
            "out; to end all sessions of a user takes a look at all that it has: CONFIG SET maxmemory-policy noeviction",
            shown, policy,
        )  # fmt: skip


def _text(reply: Reply) -> str:
    """As one text, whatever a client made of it."""
    return reply if isinstance(reply, str) else "\n".join(map(str, reply))

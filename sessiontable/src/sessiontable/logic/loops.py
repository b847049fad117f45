"""Which event loop code runs on: all that awaits here is for asyncio."""

import sys

from ..errors import SessionError


def refuse_trio() -> None:
    """Raises SessionError in a task of trio. Where nobody has imported trio, this is one look into a dict."""
    trio = sys.modules.get("trio")
    if trio is None:
        return
    try:
        trio.lowlevel.current_trio_token()
    except RuntimeError:
        return
    raise SessionError(
        "an AsyncSessionTable runs on asyncio, and this server runs on trio: use the server's asyncio worker, "
        "as hypercorn --worker-class asyncio"
    )

"""What an agent's reply says of the connection and of the time to wait, and what of its body a history keeps."""

import re
from collections.abc import Mapping
from typing import Any

LONGEST_BODY = 300_000
"""Characters of a reply that a history keeps."""
CANARY = re.compile(r"c-[0-9a-f]{12}")


def kept(body: str) -> str:
    """A body for the history: of a very long one its beginning, and every canary that stands in the rest."""
    if len(body) <= LONGEST_BODY:
        return body
    return "\n".join([body[:LONGEST_BODY], *dict.fromkeys(CANARY.findall(body, LONGEST_BODY - 20))])


def closes(reply: Mapping[str, Any]) -> bool:
    """The server ends the connection with this reply."""
    named = {name.lower(): value.lower() for name, value in reply.get("headers", ())}
    said = named.get("connection", "")
    return "close" in said or (reply.get("version") == "1.0" and "keep-alive" not in said)


def retry_after(reply: Mapping[str, Any]) -> float:
    """How many seconds the server asks to wait; 0.0 where it does not, or by a date."""
    value = next((value for name, value in reply.get("headers", ()) if name.lower() == "retry-after"), "")
    return float(value) if value.isdecimal() and len(value) < 6 else 0.0

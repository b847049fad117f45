"""What an agent's reply says of the connection and of the time to come."""

from collections.abc import Mapping
from typing import Any


def closes(reply: Mapping[str, Any]) -> bool:
    """The server ends the connection with this reply."""
    named = {name.lower(): value.lower() for name, value in reply.get("headers", ())}
    said = named.get("connection", "")
    return "close" in said or (reply.get("version") == "1.0" and "keep-alive" not in said)


def retry_after(reply: Mapping[str, Any]) -> float:
    """Seconds that a server asks to wait; 0 where it says none."""
    value = next((value for name, value in reply.get("headers", ()) if name.lower() == "retry-after"), "")
    return float(value) if value.isdecimal() and len(value) < 6 else 0.0

"""What the headers of an agent's reply say of the connection, and of the time to wait."""

from collections.abc import Mapping
from typing import Any


def closes(reply: Mapping[str, Any]) -> bool:
    """The server ends the connection with this reply."""
    named = {name.lower(): value.lower() for name, value in reply.get("headers", ())}
    said = named.get("connection", "")
    return "close" in said or (reply.get("version") == "1.0" and "keep-alive" not in said)


def retry_after(reply: Mapping[str, Any]) -> float:
    """How many seconds the server asks to wait; 0.0 where it does not, or by a date."""
    value = next((value for name, value in reply.get("headers", ()) if name.lower() == "retry-after"), "")
    return float(value) if value.isdecimal() and len(value) < 6 else 0.0

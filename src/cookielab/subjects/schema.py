"""The JSON schema of a profile, made from its words, so that editors complete and check `cookielab.yaml`.

`python -m cookielab.subjects.schema` writes it to its file; a test holds the file against the words.
"""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from .profile import Written

FILE = Path(__file__).with_name("cookielab.schema.json")
_TEXT = {"type": ["string", "number", "boolean"]}
"""A text may be written as what YAML takes for a number: it keeps its spelling."""


def schema() -> dict[str, Any]:
    """The schema, its short forms included."""
    made = _widened(msgspec.json.schema(Written))
    parts = made["$defs"]
    parts["Written"]["properties"]["login"]["anyOf"].append({"$ref": "#/$defs/Step"})
    for users in parts["Written"]["properties"]["users"]["anyOf"]:
        if users.get("type") == "object":
            users["additionalProperties"] = {"anyOf": [users["additionalProperties"], _TEXT]}
    parts["Written"]["title"] = "A profile of Cookie Lab: how people use a server"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def _widened(value: Any) -> Any:
    if isinstance(value, list):
        return [_widened(item) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {key: _widened(item) for key, item in value.items()}
    return {**inner, **_TEXT} if value.get("type") == "string" and "enum" not in value else inner


def written() -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema(), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
    sys.stdout.write(f"{FILE}\n")

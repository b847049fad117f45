"""What an OpenAPI (or Swagger 2) document says of logging in, signing up, logging out and who one is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..exchange import Incoming
from ..extract import json_value
from .words import LOGIN, LOGOUT, PRIVATE, SIGN_UP, harmless

METHODS = ("get", "post", "put", "patch", "delete")
MOST = 400
DEEP = 8


@dataclass(frozen=True, slots=True)
class Operation:
    """One request that the document describes. `kind`: json or form; `fields`: the names of its body, text ones in `texts`."""

    method: str
    path: str
    name: str
    kind: str = ""
    fields: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return f"{self.path} {self.name}"

    @property
    def plain(self) -> bool:
        """Its path has no parameter."""
        return "{" not in self.path

    @property
    def password(self) -> str | None:
        return next((name for name in self.fields if name.lower() in ("password", "passwd", "pass", "pwd", "pw")), None)


class Document:
    """The operations of a document, harmless ones; empty where the reply is none."""

    def __init__(self, reply: Incoming | None) -> None:
        self._whole: Any = None
        self.operations: tuple[Operation, ...] = ()
        if reply is None or reply.status != 200:
            return
        try:
            self._whole = json_value(reply.body)
        except ValueError:
            return
        self.operations = tuple(self._all())

    def _all(self) -> Iterator[Operation]:
        whole = self._whole if isinstance(self._whole, dict) else {}
        paths = whole.get("paths")
        base = whole["basePath"] if isinstance(whole.get("basePath"), str) else ""
        for number, (path, item) in enumerate(paths.items() if isinstance(paths, dict) else ()):
            if number > MOST or not isinstance(item, dict) or not path.startswith("/") or len(path) > 200:
                continue
            for method in METHODS:
                if isinstance(what := item.get(method), dict):
                    operation = self._operation(method, base.rstrip("/") + path, what)
                    if harmless(operation.words):
                        yield operation

    def _operation(self, method: str, path: str, what: dict[str, Any]) -> Operation:
        name = " ".join(str(what.get(key, ""))[:80] for key in ("operationId", "summary"))
        kind, schema = self._body(what)
        properties = schema.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        needed = schema.get("required")
        texts = tuple(field for field, of in properties.items() if self._is_text(of))
        return Operation(
            method, path, name, kind, tuple(map(str, properties)),
            tuple(map(str, needed)) if isinstance(needed, list) else (), texts,
        )  # fmt: skip

    def _body(self, what: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        content = self._at(what.get("requestBody")).get("content")
        for mime, of in content.items() if isinstance(content, dict) else ():
            kind = "json" if "json" in mime else "form" if "form" in mime else ""
            if kind and isinstance(of, dict):
                return kind, self._at(of.get("schema"))
        parameters = what.get("parameters")
        for each in parameters if isinstance(parameters, list) else ():
            if isinstance(each, dict) and each.get("in") == "body":  # Swagger 2
                return "json", self._at(each.get("schema"))
        return "", {}

    def _at(self, value: Any, depth: int = 0) -> dict[str, Any]:
        """A mapping, looked up where it is a reference within the document."""
        if not isinstance(value, dict) or depth > DEEP:
            return {}
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            there: Any = self._whole
            for part in reference[2:].split("/"):
                there = there.get(part) if isinstance(there, dict) else None
            return self._at(there, depth + 1)
        parts = value.get("allOf")
        if isinstance(parts, list):
            merged: dict[str, Any] = {"properties": {}, "required": []}
            for each in (self._at(part, depth + 1) for part in parts[:10]):
                merged["properties"] |= each.get("properties") or {}
                merged["required"] += each.get("required") or []
            return merged
        return value

    def _is_text(self, value: Any) -> bool:
        of = self._at(value)
        kinds = [of.get("type"), *(each.get("type") for each in of.get("anyOf") or () if isinstance(each, dict))]
        return "string" in kinds and not of.get("format") and not of.get("enum")

    def __bool__(self) -> bool:
        return bool(self.operations)

    def logins(self) -> list[Operation]:
        """Requests with a password that are no sign-up, best first."""
        able = [
            o for o in self.operations if o.method == "post" and o.plain and o.password and not SIGN_UP.search(o.path)
        ]
        return sorted(able, key=lambda o: (not LOGIN.search(o.words), "cookie" not in o.words.lower(), len(o.fields)))

    def sign_ups(self) -> list[Operation]:
        able = [o for o in self.operations if o.method == "post" and o.plain and o.password]
        return [o for o in able if SIGN_UP.search(o.words) or o.path.rstrip("/").endswith("users")]

    def logouts(self) -> list[Operation]:
        return [
            o for o in self.operations if o.plain and o.method in ("post", "get", "delete") and LOGOUT.search(o.words)
        ]

    def private(self) -> list[Operation]:
        """What may say who one is."""
        able = [o for o in self.operations if o.method == "get" and o.plain and PRIVATE.search(o.words)]
        return sorted(able, key=lambda o: (not o.path.rstrip("/").endswith("me"), len(o.path)))

    def notes(self) -> list[Operation]:
        """Requests that store a text."""
        return [
            o
            for o in self.operations
            if o.method in ("patch", "put", "post") and o.plain and o.texts and not o.password
        ]

    def changes(self) -> list[Operation]:
        """Requests that change what belongs to oneself, a password among it."""
        return [o for o in self.operations if o.method in ("patch", "put") and o.plain and o.texts]

"""Reads values off replies. What a reply holds is data of a stranger: whatever it is, the answer is a value or a reason."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Any

import regex
from selectolax.lexbor import LexborHTMLParser

from . import templates
from .document import document, is_html, shown_text, text_of
from .exchange import Incoming
from .forms import value_of
from .profile import Extract

LARGEST = 1_000_000
"""Characters of a reply that a regex is tried on."""
PATIENCE = 1.0
"""Seconds that a regex may take: a hostile reply can make a harmless one take for ever."""
_PATH = re.compile(r"(?:^|\.)([^.\[\]]+)|\[(-?\d{1,6})\]")
_ATTRIBUTE = re.compile(r"@([A-Za-z_][\w:.-]*)$")


@dataclass(frozen=True, slots=True)
class Found:
    """A value read off a reply. `there`: the place exists; its value may still be None (JSON's null). `why`: if not."""

    there: bool
    value: str | None = None
    why: str = ""


def css_parts(selector: str) -> tuple[str, str | None]:
    """`#me@data-user` as a selector and the attribute, None for an element's text."""
    match = _ATTRIBUTE.search(selector)
    return (selector[: match.start()], match[1]) if match else (selector, None)


def path_parts(path: str) -> tuple[str | int, ...] | None:
    """`user.emails[0]` as keys and indexes; None if it is no path. `[0]` alone and a leading `$.` are paths too."""
    parts, position = list[str | int](), 0
    path = path.removeprefix("$").removeprefix(".")
    while position < len(path):
        match = _PATH.match(path, position)
        if not match:
            return None
        parts.append(match[1] if match[1] is not None else int(match[2]))
        position = match.end()
    return tuple(parts) or None


def extract(incoming: Incoming, what: Extract, variables: Mapping[str, str] | None = None) -> Found:
    """The value that `what` describes, off a reply. A regex beside another source takes its part of what that gave."""
    found = _source(incoming, what, variables or {})
    if what.regex is None or not found.there or found.value is None:
        return found
    return matched(what.regex, found.value)


def _source(incoming: Incoming, what: Extract, variables: Mapping[str, str]) -> Found:
    if what.css is not None:
        return _css(incoming.body, templates_in(what.css, variables), what.attr)
    if what.json is not None:
        return json_at(incoming.body, templates_in(what.json, variables))
    if what.field is not None:
        return field(incoming.body, templates_in(what.field, variables))
    if what.meta is not None:
        return _meta(incoming.body, what.meta)
    if what.header is not None:
        value = incoming.header(what.header)
        return Found(True, value) if value is not None else Found(False, why=f"the reply has no header {what.header}")
    if what.cookie is not None:
        value = incoming.jar.get(what.cookie)
        return Found(True, value) if value is not None else Found(False, why=f"there is no cookie {what.cookie}")
    if what.status:
        return Found(incoming.status is not None, str(incoming.status or ""), "there is no reply")
    if what.url:
        return Found(True, incoming.url)
    if what.text is not None:
        there = templates.fill(what.text, variables) in said(incoming)
        return Found(there, what.text if there else None, f"the reply does not say {what.text!r}")
    return Found(True, incoming.body)


def templates_in(text: str, variables: Mapping[str, str]) -> str:
    """The text with its variables, as it stands where one is not known: a selector may hold braces of its own."""
    try:
        return templates.fill(text, variables)
    except KeyError:
        return text


@lru_cache(maxsize=4)
def parsed(body: str) -> LexborHTMLParser:
    """The page of a body; a reply is looked at several times in a row."""
    return document(body)


def _css(body: str, selector: str, attribute: str | None) -> Found:
    selector, inner = css_parts(selector)
    attribute = attribute or inner
    node = parsed(body).css_first(selector)
    if node is None:
        return Found(False, why=f"nothing on the page is {selector}")
    if attribute is None:
        return Found(True, text_of(node))
    value = node.attributes.get(attribute)
    if attribute not in node.attributes:
        return Found(False, why=f"{selector} has no attribute {attribute}")
    return Found(True, value or "")


def _meta(body: str, name: str) -> Found:
    for node in parsed(body).css("meta"):
        attributes = node.attributes
        if name in (attributes.get("name"), attributes.get("property"), attributes.get("http-equiv")):
            return Found(True, attributes.get("content") or "")
    return Found(False, why=f"the page has no meta {name}")


def field(body: str, name: str) -> Found:
    """The value of a named field on a page, also of a disabled one."""
    for node in parsed(body).css("input, textarea, select"):
        if node.attributes.get("name") == name:
            kind = (node.attributes.get("type") or "").lower()
            if kind in ("radio", "checkbox") and "checked" not in node.attributes:
                continue
            return Found(True, value_of(node))
    return Found(False, why=f"the page has no field {name}")


def json_value(body: str) -> Any:
    """The value of a JSON text; ValueError, in a sentence, if it is none."""

    def refused(name: str) -> Any:
        raise ValueError(f"holds {name}, which is no JSON")

    try:
        return json.loads(body, parse_constant=refused)
    except RecursionError:
        raise ValueError("is nested too deep") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON ({error.msg} at character {error.pos})") from None


def json_at(body: str, path: str) -> Found:
    """The value at a dotted path, as text; null is there and None."""
    try:
        value = json_value(body)
    except ValueError as error:
        return Found(False, why=f"the reply {error}")
    for part in path_parts(path) or ():
        try:
            value = value[part] if isinstance(part, int) else _member(value, part)
        except (KeyError, IndexError, TypeError):
            return Found(False, why=f"the reply's JSON has no {path}")
    if value is None or isinstance(value, str):
        return Found(True, value)
    return Found(True, as_text(value))


def _member(value: Any, part: str) -> Any:
    if isinstance(value, list) and part.isdigit():
        return value[int(part)]
    if not isinstance(value, dict):
        raise TypeError
    return value[part]


def as_text(value: Any) -> str:
    """A JSON value as text, as it would stand in the reply."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):  # a number of 5,000 digits
        return "a value without a text"


def matched(pattern: str, text: str) -> Found:
    """What the one group of a regex takes from a text, HTML unescaped."""
    try:
        match = regex.search(pattern, text[:LARGEST], timeout=PATIENCE)
    except TimeoutError:
        return Found(False, why=f"the regex {pattern!r} took more than {PATIENCE:g} s on the reply; make it simpler")
    if match is None or match[1] is None:
        return Found(False, why=f"the regex {pattern!r} finds nothing in the reply")
    return Found(True, unescape(match[1]))


def said(incoming: Incoming) -> str:
    """What a reply says to whoever reads it: the text of a page, the strings of JSON, or the body as it stands."""
    if is_html(incoming.header("Content-Type"), incoming.body):
        return shown_text(parsed(incoming.body))
    try:
        return " ".join(_strings(json_value(incoming.body)))
    except (ValueError, RecursionError):
        return incoming.body[:LARGEST]


def _strings(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting.extend(reversed(each.values()))
        elif isinstance(each, list):
            waiting.extend(reversed(each))
        elif isinstance(each, str):
            yield each
        elif each is not None:
            yield as_text(each)

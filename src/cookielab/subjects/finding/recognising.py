"""Where a server says who one is: places that show one user to that user, another to the other, and nobody to a stranger."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ..document import hidden, is_html, text_of
from ..exchange import Incoming
from ..extract import json_value, parsed
from ..forms import value_of

SHORT = 60
"""Characters of a text that may be what names somebody."""
MOST = 60
"""Places of one page that are looked at."""
LARGEST = 400_000


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on a reply. `see`: the extractor's words; `value`: what stands there; `rank`: the lower the better."""

    see: Mapping[str, Any]
    value: str
    rank: int


def spots(reply: Incoming, naming: str = "") -> Iterator[Spot]:
    """Every short text on a reply that can be found again by its place; with `naming` those alone in which it stands."""
    if len(reply.body) > LARGEST or (
        naming.isalnum() and naming.isascii() and naming.lower() not in reply.body.lower()
    ):
        return
    if is_html(reply.header("Content-Type"), reply.body):
        yield from _of_page(parsed(reply.body), naming.casefold())
        return
    try:
        value = json_value(reply.body)
    except ValueError:
        return
    yield from _of_json(value, "", 0)


def _of_json(value: Any, path: str, depth: int) -> Iterator[Spot]:
    if isinstance(value, dict) and depth < 5:
        for key, inner in list(value.items())[:MOST]:
            if re.fullmatch(r"[^.\[\]{}]+", key):
                yield from _of_json(inner, f"{path}.{key}" if path else key, depth + 1)
    elif isinstance(value, list) and depth < 5:
        for number, inner in enumerate(value[:3]):
            yield from _of_json(inner, f"{path}[{number}]", depth + 1)
    elif isinstance(value, str | int) and not isinstance(value, bool) and path and 0 < len(str(value)) <= SHORT:
        yield Spot({"json": path}, str(value), 0 if "[" not in path else 6)


def _of_page(page: LexborHTMLParser, naming: str) -> Iterator[Spot]:
    for node in page.css("input, textarea")[:MOST]:
        name, kind = node.attributes.get("name"), (node.attributes.get("type") or "text").lower()
        if name and kind not in ("password", "checkbox", "radio", "submit", "button", "file") and "{" not in name:
            yield Spot({"field": name}, value_of(node), 3 if kind != "hidden" else 5)
    for node in page.css("[data-user], [data-username], [data-user-id], [data-user-name], [data-email]")[:5]:
        name = next(each for each in node.attributes if each.startswith(("data-user", "data-email")))
        yield Spot({"css": f"[{name}]@{name}"}, node.attributes.get(name) or "", 1)
    for node in page.css("meta[name][content]")[:20]:
        yield Spot({"meta": node.attributes["name"]}, node.attributes["content"] or "", 2)
    count = 0
    for node in page.css("body *"):
        text = "".join(child.text_content or "" for child in node.iter(include_text=True) if child.tag == "-text")
        if node.tag in ("script", "style", "option", "textarea") or not text.strip() or naming not in text.casefold():
            continue
        if hidden(node):
            continue
        whole = text_of(node)
        if len(whole) <= SHORT * 2:
            selector, rank = _selector(page, node)
            if selector and "{" not in selector:
                yield Spot({"css": selector}, whole, rank)
        count += 1
        if count > 300:
            return


def _selector(page: LexborHTMLParser, node: LexborNode) -> tuple[str, int]:
    """What chooses this node and no other before it; the lower the number the likelier it does so tomorrow."""
    own = node.attributes
    if _stable(own.get("id")):
        return f"#{own['id']}", 1
    for word in (own.get("class") or "").split()[:4]:
        selector = f"{node.tag}.{word}"
        if re.fullmatch(r"[A-Za-z][\w-]*", word) and _first(page, selector, node):
            return selector, 2
    above = node.parent
    while above is not None and not _stable(above.attributes.get("id")):
        above = above.parent
    if above is not None and _first(page, selector := f"#{above.attributes['id']} {node.tag}", node):
        return selector, 2
    if _first(page, str(node.tag), node):
        return str(node.tag), 3 if node.tag not in ("p", "li", "a", "div", "span", "td", "h1", "h2", "body") else 4
    steps: list[str] = []
    at: LexborNode | None = node
    while at is not None and at.tag not in ("html", "-undef", "-document") and len(steps) < 12:
        if at.mem_id != node.mem_id and _stable(at.attributes.get("id")):
            steps.append(f"#{at.attributes['id']}")
            break
        steps.append(f"{at.tag}:nth-of-type({_number(at)})" if at.tag != "body" else "body")
        at = at.parent
    selector = " > ".join(reversed(steps))
    return (selector, 5) if _first(page, selector, node) else ("", 9)


def _stable(name: str | None) -> bool:
    """Whether an id is one that somebody has written: no token, no number of a row."""
    return (
        bool(name) and re.fullmatch(r"[A-Za-z][\w-]*", name or "") is not None and not re.search(r"\d{3}", name or "")
    )


def _number(node: LexborNode) -> int:
    number, before = 1, node.prev
    while before is not None:
        number += before.tag == node.tag
        before = before.prev
    return number


def _first(page: LexborHTMLParser, selector: str, node: LexborNode) -> bool:
    found = page.css_first(selector)
    return found is not None and found.mem_id == node.mem_id


def around(reply: Incoming, marker: str) -> Iterator[Spot]:
    """Patterns of the text around a marker: what stands before it on its line, and what ends it."""
    body = reply.body[:LARGEST]
    for number, match in enumerate(re.finditer(rf"(?<![\w@.+-]){re.escape(marker)}(?!\w)", body)):
        if number >= 5:
            return
        before, after = body[max(0, match.start() - 24) : match.start()], body[match.end() : match.end() + 1].strip()
        before = before.rpartition("\n")[2]
        before = (before[before.rfind(">", 0, -1) + 1 :] if ">" in before[:-1] else before).lstrip()
        if len(before.strip()) < 2 or re.search(r"\d{4,}", before):
            continue
        stop = re.escape(after) if after and not after.isalnum() else ""
        value = f"[^{stop.replace('<', '')}<\\s]+"
        literal = re.sub(r"\\([ \-<>\"'=:;,@/#&!])", r"\1", re.escape(before))
        yield Spot({"regex": f"{literal}({value})"}, marker, 4 if set(before) & set("\"'{}=") else 3)


def names_in(text: str, marker: str) -> bool:
    """Whether a marker stands in a text as a whole word."""
    return re.search(rf"(?<![\w@+-])(?<!\w\.){re.escape(marker)}(?![\w@+-]|\.\w)", text, re.IGNORECASE) is not None

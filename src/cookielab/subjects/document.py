"""HTML as browsers read it, kept from taking the time that hostile pages want."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

LARGEST = 1_000_000
"""Characters of a page that are read."""
DEEPEST = 500
"""Elements in one another; browsers stop near 512. Beyond it the parser takes quadratic time."""
LONGEST = 20_000
"""Characters of one tag that are looked at closely: hostile ones have attributes by the thousand."""
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,40})")
_FLAT = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th tbody thead tfoot option"
    " optgroup html head body".split()
)
"""Elements without an end, or whose end may be left out: they do not nest by being left open."""
_HIDDEN = frozenset({"script", "style", "template", "noscript", "head"})


def document(body: str) -> LexborHTMLParser:
    """The page, cut where it is too long or nests too deep."""
    text = body[:LARGEST].encode("utf-8", "replace").decode("utf-8")
    depth = 0
    for match in _TAG.finditer(text):
        name = match[2].lower()
        if name not in _FLAT:
            depth = max(0, depth - 1) if match[1] else depth + 1
        end = text.find(">", match.end(), match.end() + LONGEST)
        if depth > DEEPEST or (end < 0 and len(text[match.end() : match.end() + LONGEST].split()) > LONGEST // 20):
            text = text[: match.start()]
            break
    return LexborHTMLParser(text)


def is_html(content_type: str | None, body: str) -> bool:
    """Whether a reply is a page: it says so, or says nothing and begins like one."""
    if content_type:
        return "html" in content_type.lower()
    return body.lstrip()[:1] == "<"


def shown_text(page: LexborHTMLParser) -> str:
    """What a page shows, white space collapsed, and the values that stand in its fields."""
    return " ".join(" ".join(_shown(page)).split())


def _shown(page: LexborHTMLParser) -> Iterator[str]:
    if page.root is None:
        return
    for node in page.root.traverse(include_text=True):
        if node.tag == "-text":
            if not hidden(node):
                yield node.text_content or ""
        elif node.tag == "input" and (node.attributes.get("type") or "text").lower() in (
            "text",
            "email",
            "tel",
            "search",
        ):
            yield node.attributes.get("value") or ""


def hidden(node: LexborNode) -> bool:
    """Whether a node stands in something that is not shown, such as a script."""
    parent = node.parent
    while parent is not None:
        if parent.tag in _HIDDEN:
            return True
        parent = parent.parent
    return False


def text_of(node: LexborNode) -> str:
    """An element's text, white space collapsed."""
    return " ".join(node.text(deep=True).split())

"""What a browser would send for a form: hidden fields, defaults, the button that is pressed."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote_plus, urljoin, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from .exchange import Outgoing, Pairs
from .forms import SUBMIT, PageForm, button_of, disabled, kind_of, options_of, value_of
from .profile import Form


def submission(
    form: PageForm, wanted: Form, filled: Mapping[str, str], *, page: LexborHTMLParser, url: str
) -> Outgoing:
    """What a browser sends for a form that is filled in so: the target is a whole URL."""
    button = button_of(form, wanted.button) if wanted.button else next(iter(form.buttons), None)
    pairs = tuple((_lines(name), _lines(value)) for name, value in _entries(form, filled, button))
    pressed = button.attributes if button is not None else {}
    method = (pressed.get("formmethod") or form.attribute("method") or "get").lower()
    action = pressed.get("formaction") or form.attribute("action")
    target = urljoin(base_of(page, url), action.strip()) if action.strip() else url
    if method != "post":
        parts = urlsplit(target)
        query = "&".join(f"{_form_quote(name)}={_form_quote(value)}" for name, value in pairs)
        return Outgoing(method="GET", target=urlunsplit((parts.scheme, parts.netloc, parts.path, query, "")))
    kind = (pressed.get("formenctype") or form.attribute("enctype")).lower()
    if kind == "multipart/form-data":
        return Outgoing(method="POST", target=target, multipart=pairs)
    if kind == "text/plain":
        text = "".join(f"{name}={value}\r\n" for name, value in pairs)
        return Outgoing(method="POST", target=target, text=text, headers=(("Content-Type", "text/plain"),))
    return Outgoing(method="POST", target=target, form=pairs)


def _form_quote(text: str) -> str:
    return quote_plus(text, safe="*-._", errors="replace")


def _lines(text: str) -> str:
    return re.sub(r"\r\n|\r|\n", "\r\n", text)


def _entries(form: PageForm, filled: Mapping[str, str], button: LexborNode | None) -> Iterator[tuple[str, str]]:
    """The names and values of a form, in the order of the page; what the page has no field for comes last."""
    left = dict(filled)
    for node in form.controls:
        name = node.attributes.get("name") or ""
        kind = kind_of(node)
        if kind in (*SUBMIT, "reset", "button", "file"):
            if button is not None and node.mem_id == button.mem_id:
                yield from _pressed(node, name, kind)
            continue
        if not name or (disabled(node) and name not in filled):
            continue
        if kind in ("checkbox", "radio"):
            yield from _ticked(node, name, filled, left)
        elif name in filled:
            if name in left:
                yield name, left.pop(name)
        elif node.tag == "select":
            yield from ((name, value) for value in options_of(node))
        else:
            yield name, "UTF-8" if name == "_charset_" and kind == "hidden" else value_of(node)
    yield from left.items()


def _pressed(node: LexborNode, name: str, kind: str) -> Pairs:
    if kind == "image":
        return ((f"{name}.x" if name else "x", "1"), (f"{name}.y" if name else "y", "1"))
    return ((name, node.attributes.get("value") or ""),) if name else ()


def _ticked(node: LexborNode, name: str, filled: Mapping[str, str], left: dict[str, str]) -> Pairs:
    if name not in filled:
        return ((name, value_of(node)),) if "checked" in node.attributes else ()
    if kind_of(node) == "radio" and value_of(node) != filled[name]:
        return ()
    if name not in left:
        return ()
    value = left.pop(name)
    return ((name, value),) if value else ()


def base_of(page: LexborHTMLParser, url: str) -> str:
    """The URL that relative ones on a page start from."""
    base = next((node.attributes.get("href") for node in page.css("base") if node.attributes.get("href")), None)
    return urljoin(url, base) if base else url

"""Whether a reply to a login refuses it, and in which words: most of a profile's mistakes show here first."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from .document import hidden, is_html, text_of
from .exchange import Incoming
from .extract import parsed
from .forms import forms_of
from .hops import REDIRECTS
from .sight import limited, quoted

_CAPTCHA = re.compile(r"captcha|turnstile", re.IGNORECASE)
_ERROR = re.compile(r"error|alert|invalid|danger|flash|warning|notice", re.IGNORECASE)
_LOCKED = re.compile(r"\b(?:lock(?:ed)?(?: out)?|too many|suspended|gesperrt|throttl\w+|deactivated)\b", re.IGNORECASE)
_LONGEST = 200


def login_refused(reply: Incoming, filled: frozenset[str], page: str | None, to: str | None) -> str:
    """Why a reply to a login does not accept it; empty where it does.

    `filled`: the names of the fields of the form that was sent; `page`: the path of the login page; `to`: the path that
    the reply sends on to, where it was not followed.
    """
    if limited(reply) is not None:
        after = reply.header("Retry-After")
        return f"the server limits logins (status {reply.status}{f', Retry-After: {after[:40]}' if after else ''}): {quoted(reply)}"
    if reply.status is None or reply.status >= 400:
        return _with_captcha(f"the login is refused{_said(reply)}: {quoted(reply)}", reply)
    if reply.status in REDIRECTS:
        return f"the reply sends back to the login page {page}: wrong user or password?" if page and to == page else ""
    if filled and (again := shows_form_again(reply, filled)):
        return _with_captcha(again, reply)
    return ""


def shows_form_again(
    reply: Incoming, filled: frozenset[str], *, what: str = "login", hint: str = "wrong user or password"
) -> str:
    """What a page says that shows the password form again which was just sent; empty where it is another page."""
    if not is_html(reply.header("Content-Type"), reply.body):
        return ""
    for form in forms_of(parsed(reply.body)):
        passwords = {node.attributes.get("name") for node in form.passwords}
        if passwords and passwords <= filled:
            return f"the reply shows the {what} form again: {hint}?{_said(reply)}"
    return ""


def _with_captcha(why: str, reply: Incoming) -> str:
    if not _has_captcha(parsed(reply.body)):
        return why
    return f"{why} The page has a captcha, which no profile can solve: switch it off for the test"


def _has_captcha(page: LexborHTMLParser) -> bool:
    for node in page.css("input, iframe, script, div, img, textarea"):
        own = node.attributes
        if any(_CAPTCHA.search(own.get(name) or "") for name in ("name", "id", "class", "src")):
            return True
    return False


def _said(reply: Incoming) -> str:
    """The server's own words for what is wrong, where a page has any."""
    if not is_html(reply.header("Content-Type"), reply.body):
        return ""
    page = parsed(reply.body)
    for node in page.css("[class], [role=alert], [id]"):
        if _speaks(node) and (text := text_of(node)):
            shown = "".join(c if c.isprintable() else " " for c in text)[:_LONGEST]
            locked = " The account may be locked." if _LOCKED.search(shown) else ""
            return f' It says: "{shown}".{locked}'
    return ""


def _speaks(node: LexborNode) -> bool:
    own = node.attributes
    if hidden(node) or node.tag in ("form", "body", "html", "input", "script", "style"):
        return False
    return own.get("role") == "alert" or any(_ERROR.search(own.get(name) or "") for name in ("class", "id"))

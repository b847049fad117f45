"""What a page leads to: its links, its forms and the paths in its scripts. What destroys something is left out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser

from ..document import hidden, is_html, text_of
from ..exchange import Incoming
from ..extract import parsed
from ..forms import PageForm, caption, forms_of, kind_of, user_field
from ..hops import own_target
from ..profile import Form
from ..submission import base_of
from .words import LOGIN, LOGOUT, SENT_ON, SIGN_UP, harmless

MOST_LINKS = 300
MOST_FORMS = 40
LONGEST_TARGET = 300
LONGEST_SCRIPT = 400_000
_FILES = re.compile(
    r"\.(?:css|js|mjs|map|png|jpe?g|gif|svg|ico|webp|woff2?|ttf|pdf|zip|gz|xml|txt|mp4|csv)$", re.IGNORECASE
)
_PATHS = re.compile(r"""["'`](/[A-Za-z0-9_./-]{1,80})["'`]""")
_BASES = re.compile(r"""["'`](/(?:api|rest|backend|v\d+)(?:/[\w-]{1,20}){0,2})/?(?:["'`]|\$\{)""")
"""What scripts put before their paths, as in fetch("/api/v1" + path)."""
MOST_BASES = 2


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a page of the same server. `method`: what a script makes of it (Rails' data-method), else GET."""

    target: str
    text: str
    method: str = "get"

    @property
    def words(self) -> str:
        return f"{self.target} {self.text}"


class Page:
    """A reply as somebody reads it who looks for the way on."""

    def __init__(self, reply: Incoming) -> None:
        self.reply = reply
        self.url = reply.url

    @property
    def target(self) -> str:
        """Path and query."""
        return target_of(self.url)

    @cached_property
    def html(self) -> LexborHTMLParser | None:
        """The page's tree, None where the reply is none."""
        return parsed(self.reply.body) if is_html(self.reply.header("Content-Type"), self.reply.body) else None

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Links that stay at the server, each once, harmless or not."""
        return tuple({link.target: link for link in reversed(list(self._links()))}.values())[::-1]

    def _links(self) -> Iterator[Link]:
        if self.html is None:
            return
        base = base_of(self.html, self.url)
        for node in self.html.css("a[href], area[href], frame[src], iframe[src], [hx-get], [hx-post], [hx-delete]")[
            :MOST_LINKS
        ]:
            own = node.attributes
            method = next((name for name in ("post", "delete") if own.get(f"hx-{name}")), "")
            href = own.get(f"hx-{method or 'get'}") or own.get("href") or own.get("src") or ""
            method = method or (own.get("data-turbo-method") or own.get("data-method") or "get").lower()
            try:
                target = own_target(urljoin(base, href.strip()), self.url, ())
            except ValueError:
                continue
            if target and len(target) <= LONGEST_TARGET and not _FILES.search(urlsplit(target).path):
                said = " ".join(filter(None, (text_of(node)[:80], own.get("title"), own.get("aria-label"))))
                yield Link(target, said, method)

    @property
    def ways_on(self) -> tuple[Link, ...]:
        """The links that may be followed."""
        return tuple(link for link in self.links if link.method == "get" and harmless(link.words))

    @cached_property
    def forms(self) -> tuple[PageForm, ...]:
        return forms_of(self.html)[:MOST_FORMS] if self.html is not None else ()

    @property
    def leads_out(self) -> bool:
        """Whether it has a link or a button to log out, as pages have for whoever is logged in."""
        return any(LOGOUT.search(link.words) for link in self.links) or any(form.speaks(LOGOUT) for form in self.forms)

    @property
    def login_forms(self) -> tuple[PageForm, ...]:
        """Those with one password that are not for signing up."""
        return tuple(form for form in self.forms if len(form.passwords) == 1 and not self.signs_up(form))

    @property
    def name_forms(self) -> tuple[PageForm, ...]:
        """Those that ask for a name and no password, as the first of two steps."""
        if self.login_forms or self.loose_password:
            return ()
        return tuple(form for form in self.forms if self._asks_for_a_name(form))

    def _asks_for_a_name(self, form: PageForm) -> bool:
        texts = [
            node for node in form.controls if kind_of(node) in ("text", "email", "tel") and node.attributes.get("name")
        ]
        if form.passwords or form.attribute("method").lower() != "post" or len(texts) != 1 or form.speaks(SIGN_UP):
            return False
        return form.speaks(LOGIN) or bool(LOGIN.search(f"{urlsplit(self.url).path} {self.heading}"))

    @property
    def heading(self) -> str:
        """What the page calls itself."""
        nodes = self.html.css("title, h1, h2")[:4] if self.html is not None else []
        return " ".join(text_of(node)[:80] for node in nodes)

    @property
    def sign_up_forms(self) -> tuple[PageForm, ...]:
        return tuple(form for form in self.forms if self.signs_up(form))

    @property
    def sign_up_buttons(self) -> tuple[tuple[PageForm, str], ...]:
        """Buttons of a login form that make an account of what stands in it."""
        found = [
            (form, caption(button)) for form in self.login_forms for button in form.buttons if len(form.buttons) > 1
        ]
        return tuple((form, words) for form, words in found if SIGN_UP.search(words) and not LOGIN.search(words))

    def signs_up(self, form: PageForm) -> bool:
        """Whether a form makes an account: it says so, or asks for a password twice."""
        if not form.passwords or len(form.passwords) > 2:
            return False
        names = " ".join(form.names)
        if re.search(r"old|current", names, re.IGNORECASE):
            return False
        if len(form.passwords) == 2:
            return user_field(form, form.passwords[0]) is not None
        says = form.speaks(SIGN_UP) or bool(SIGN_UP.search(urlsplit(self.url).path))
        return says and not form.speaks(re.compile(r"log.?in|sign.?in", re.IGNORECASE))

    @property
    def loose_password(self) -> bool:
        """A password field that no browser would send: a script does."""
        if self.html is None:
            return False
        fields = [node for node in self.html.css("input") if kind_of(node) == "password" and not hidden(node)]
        sent = {node.mem_id for form in self.forms for node in form.passwords if node.attributes.get("name")}
        return bool(fields) and not all(node.mem_id in sent for node in fields)

    @property
    def field_names(self) -> tuple[str, ...]:
        """What the page calls its fields, in order: the names that a script may send them under."""
        if self.html is None:
            return ()
        nodes = [node for node in self.html.css("input") if kind_of(node) in ("text", "email", "tel", "password")]
        return tuple(filter(None, (node.attributes.get("name") or node.attributes.get("id") for node in nodes)))

    @property
    def guards(self) -> tuple[str, ...]:
        """Hidden fields that hold a value against forgery."""
        if self.html is None:
            return ()
        nodes = self.html.css('input[type="hidden"][name][value]')
        names = dict.fromkeys(node.attributes["name"] or "" for node in nodes)
        return tuple(name for name in names if re.search(r"token|csrf|nonce", name, re.IGNORECASE))[:2]

    @property
    def scripts(self) -> tuple[str, ...]:
        """Its scripts of the same server."""
        if self.html is None:
            return ()
        base, found = base_of(self.html, self.url), []
        for node in self.html.css("script[src]")[:20]:
            try:
                found.append(own_target(urljoin(base, node.attributes.get("src") or ""), self.url, ()))
            except ValueError:
                continue
        return tuple(filter(None, found))

    @property
    def paths_in_scripts(self) -> tuple[str, ...]:
        """Paths that stand as texts in its own scripts."""
        if self.html is None:
            return ()
        return paths_in("\n".join(node.text(deep=True) for node in self.html.css("script:not([src])")[:20]))

    def only(self, form: PageForm) -> dict[str, str]:
        """The keys of a profile's form that choose this one among those of its page, where its page alone does not."""
        for name in ("id", "action"):
            value = form.attribute(name)
            if value and sum(other.attribute(name) == value for other in self.forms) == 1:
                return {name: value}
        number = [other.node.mem_id for other in self.forms].index(form.node.mem_id)
        own = next((each for each in form.names if sum(each in other.names for other in self.forms) == 1), None)
        return (
            {"css": f'[name="{own}"]'}
            if own and not set(own) & set('"{}')
            else {"css": f"form:nth-of-type({number + 1})"}
        )


def paths_in(script: str) -> tuple[str, ...]:
    """Paths that stand as texts in a script, harmless ones; then the same behind what the script may put before them."""
    script = script[:LONGEST_SCRIPT]
    found = dict.fromkeys(match[1] for match in _PATHS.finditer(script))
    bases = list(dict.fromkeys(match[1] for match in _BASES.finditer(script)))[:MOST_BASES]
    found |= dict.fromkeys(f"{base}{path}" for base in bases for path in found if not path.startswith(base))
    return tuple(path for path in found if harmless(path) and not _FILES.search(path))[:200]


def paths_listed(reply: Incoming) -> tuple[str, ...]:
    """The paths that Django lists, while it is being developed, on the page of what is not there; harmless ones."""
    if reply.status != 404 or "Using the URLconf defined in" not in reply.body:
        return ()
    html = parsed(reply.body)
    found = ("/" + "".join(text_of(node).split()) for node in html.css("li")[:200])
    return tuple(path for path in found if re.fullmatch(r"[\w./-]{2,80}", path) and harmless(path))


def target_of(url: str) -> str:
    """Path and query of a URL."""
    parts = urlsplit(url)
    return urlunsplit(("", "", parts.path or "/", parts.query, ""))


def without_return(target: str) -> str:
    """A login page's target without the parameter that says where to go afterwards."""
    parts = urlsplit(target)
    pairs = [
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name.lower() not in SENT_ON
    ]
    return urlunsplit(("", "", parts.path, urlencode(pairs), ""))


def buttons_of(form: PageForm) -> str:
    """What stands on a form's buttons."""
    return " ".join(caption(button) for button in form.buttons)


__all__ = ["Form", "Link", "Page", "buttons_of", "paths_in", "paths_listed", "target_of", "without_return"]

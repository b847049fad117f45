"""The framework behind a server by what it shows: headers, names of cookies and of hidden fields, its error pages."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..exchange import Incoming

_SIGNS: Sequence[tuple[str, str | None, str, str]] = (
    # framework, preset, where, pattern
    ("WordPress", "wordpress", "body", r"/wp-(?:content|includes|login)"),
    ("Laravel", "laravel", "cookie", r"laravel_session|laravel-session"),
    ("Django", "django", "field", r"csrfmiddlewaretoken"),
    ("Django", "django", "cookie", r"csrftoken"),
    ("Django", "django", "body", r"DisallowedHost|Using the URLconf defined in"),
    ("Rails", "rails-devise", "field", r"authenticity_token"),
    ("Rails", "rails-devise", "body", r'name="csrf-param"|Action Controller: Exception'),
    ("Rails", "rails-devise", "header", r"^x-runtime:"),
    ("Spring", "spring", "cookie", r"JSESSIONID"),
    ("Spring", "spring", "body", r"Whitelabel Error Page"),
    ("Next.js", None, "header", r"^x-powered-by: Next\.js"),
    ("SvelteKit", None, "header", r"^x-sveltekit"),
    ("SvelteKit", None, "body", r"__sveltekit|data-sveltekit"),
    ("Express", "express-passport", "header", r"^x-powered-by: Express"),
    ("PHP", "php", "header", r"^x-powered-by: PHP"),
    ("PHP", "php", "cookie", r"PHPSESSID"),
    ("FastAPI", None, "body", r'\{"detail":"Not Found"\}'),
    ("Flask", "flask-login", "header", r"^server: Werkzeug"),
    (
        "Flask",
        "flask-login",
        "body",
        r"The requested URL was not found on the server\. If you entered the URL manually",
    ),
)


@dataclass(frozen=True, slots=True)
class Framework:
    """What it is called, the preset to begin from, and what showed it."""

    name: str = ""
    preset: str | None = None
    why: str = ""


def framework(replies: Iterable[Incoming]) -> Framework:
    """What the replies show; the surest sign first. Nameless where they show nothing."""
    replies = list(replies)
    shown = {
        "cookie": [name for reply in replies for name in reply.jar],
        "header": [f"{name.lower()}: {value[:100]}" for reply in replies for name, value in reply.headers],
        "field": [m for reply in replies for m in re.findall(r'name=["\']?([\w-]{1,40})', reply.body[:200_000])],
        "body": [reply.body[:200_000] for reply in replies],
    }
    for name, preset, where, pattern in _SIGNS:
        for text in shown[where]:
            if match := re.search(pattern, text, re.IGNORECASE):
                said = text if where == "header" else match[0]
                return Framework(name, preset, f"its {'page says' if where == 'body' else where} {said[:60]!r}")
    return Framework()

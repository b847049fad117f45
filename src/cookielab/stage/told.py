"""What the preflight reads off a request, and how it says so."""

from ..judging.cookies import set_cookie
from ..judging.events import Request
from ..judging.verdict import Finding, Verdict
from ..subjects.exchange import Seen
from .person import Person
from .stage import Stage


def sighting_of(request: Request | None) -> str | None:
    """Whom the reply takes the sender for; None without a reply, or where it says nothing of that."""
    return request.view.sighting if request and request.view else None


def taken_away(request: Request) -> set[str]:
    """The cookies that a reply takes away."""
    given = (set_cookie(line, request.at) for line in request.set_cookies)
    return {cookie.name for cookie in given if cookie.deletes}


def exact(person: Person) -> bool:
    """`me` reads one value from one place, so another's name there is no coincidence."""
    me = person.profile.me
    look = me[-1] if isinstance(me, list) else me
    extractor = None if look is None or isinstance(look, str) else look.extractor
    return extractor is not None and extractor.text is None


def anonymous(stage: Stage) -> Seen | None:
    """How a reply to nobody looks, as far as it is known yet."""
    return stage.learnt.anonymous if stage.learnt else None


def broken(invariant: str, sentence: str, *requests: Request) -> Finding:
    """The finding that these requests break the invariant."""
    return Finding(invariant, Verdict.BROKEN, sentence, tuple(request.seq for request in requests))


def path_of(request: Request) -> str:
    """Path and query of what was asked for."""
    return "/" + request.url.partition("://")[2].partition("/")[2]


def answer(request: Request) -> str:
    """The status, and where a redirect leads."""
    if request.status is None:
        return f"no answer ({request.error})"
    where = next((value for name, value in request.headers if name.lower() == "location"), None)
    return f"{request.status}{f' to {where}' if where else ''}"


def who(request: Request) -> str:
    """Whom the reply takes the sender for, in words."""
    view = request.view
    if view is None or view.sighting in {None, "anonymous"}:
        return "nobody"
    return {"another": f"'{view.user}'", "several": "several people"}.get(
        view.sighting or "", view.user or "nobody known"
    )

"""A request in the words of the preflight's table."""

from ..judging.events import Request


def path_of(request: Request) -> str:
    return "/" + request.url.partition("://")[2].partition("/")[2]


def answer_of(request: Request) -> str:
    if request.status is None:
        return f"no answer ({request.error})"
    where = next((value for name, value in request.headers if name.lower() == "location"), None)
    return f"{request.status}{f' to {where}' if where else ''}"


def shown_as(request: Request) -> str:
    view = request.view
    if view is None or view.sighting in {None, "anonymous"}:
        return "nobody"
    return {"another": f"'{view.user}'", "several": "several people"}.get(
        view.sighting or "", view.user or "nobody known"
    )

"""The pages that a browser gets: small, without scripts, and everything that came from outside escaped."""

from collections.abc import Mapping, Sequence
from html import escape

from .message import Reply

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --good: #2a8a4a; --bad: #c4432b; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h1 small { font-weight: normal; opacity: .6; }
.about { opacity: .75; margin: .25rem 0 1.5rem; }
.card { border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.25rem; margin: 1rem 0; background: var(--soft); }
.who { font-size: 1.25rem; margin: 0; } code { font-size: .9em; overflow-wrap: anywhere; }
.yes { color: var(--good); } .no, .error { color: var(--bad); }
form { display: flex; gap: .5rem; margin: .5rem 0; } input { flex: 1; } input, button { font: inherit; padding: .3rem .6rem; }
td { padding: .5rem .75rem .5rem 0; vertical-align: top; border-top: 1px solid var(--line); }
"""

_SAFE = (("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"),)


def visitor(status: int, fields: Mapping[str, object], *, why: str, about: str, note: str) -> Reply:
    """Who the server takes the client for, and why; the note, and the forms. `fields` are those of the JSON reply."""
    handler, identity, user = (escape(str(fields[name])) for name in ("handler", "identity", "user"))
    greeting = f"You are <b>{user}</b>." if fields["user"] else "You are not logged in."
    known = '<b class="yes">I know you</b>' if fields["known"] else '<b class="no">You are new to me</b>'
    named = f"I call you <code>{identity}</code>." if fields["identity"] else "You have no name here yet."
    visits = f" This is visit {fields['visits']}." if "visits" in fields else ""
    error = f'<p class="error">{escape(str(fields["error"]))}</p>' if "error" in fields else ""
    return _page(
        status,
        str(fields["handler"]),
        f"""
<h1>{handler} <small>who is this?</small></h1>
<p class="about">{escape(about)}</p>{error}
<div class="card">
<p class="who">{greeting}</p>
<p>{known}: {escape(why)}. {named}{visits}<br>Your request came from <code>{escape(str(fields["seen_from"]))}</code>.</p>
</div>
<div class="card">{_account(note) if fields["user"] else _LOGIN}</div>
""",
    )


def index(rows: Sequence[Mapping[str, str]]) -> Reply:
    """The handlers with their links."""
    lines = "".join(
        f'<tr><td><a href="{escape(row["url"])}">{escape(row["name"])}</a></td>'
        f"<td>Identity is {escape(row['identity'])}.<br><small>{escape(row['verdict'])}</small></td></tr>"
        for row in rows
    )
    title = "<h1>Cookie Lab <small>who is this?</small></h1>"
    about = '<p class="about">One server, six ways of telling its visitors apart. One of them works.</p>'
    return _page(200, "Cookie Lab", f"{title}{about}<table>{lines}</table>")


_LOGIN = """
<form method="post" action="/login"><input name="user" placeholder="alice" aria-label="Your name" required maxlength="64">
<button>Log in</button></form>
"""


def _account(note: str) -> str:
    return f"""
<p>Your note: <b>{escape(note) or "none yet"}</b></p>
<form method="post" action="/note"><input name="note" aria-label="Your note" required maxlength="10000">
<button>Keep this note</button></form>
<form method="post" action="/logout"><button>Log out</button></form>
"""


def _page(status: int, title: str, content: str) -> Reply:
    html = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>{content}</html>\n"
    )
    return Reply(status, html.encode(), "text/html; charset=utf-8", _SAFE)

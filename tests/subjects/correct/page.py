"""What all these apps show: a page to log in, a front page that says who one is, a note, and a way out."""

from html import escape

PASSWORDS = {"alice": "pw-a", "bob": "pw-b", "carol": "pw-c"}

LOGIN = """<!doctype html><title>Log in</title><form method="post" action="login">
<label>Name <input name="user"></label><label>Password <input type="password" name="password"></label>
<button>Log in</button></form>"""


def front(user: str | None, note: str) -> str:
    """The front page, for somebody or for nobody."""
    if user is None:
        return '<!doctype html><title>Notes</title><p>Nobody is logged in. <a href="login">Log in</a></p>'
    return f"""<!doctype html><title>Notes</title><p>You are <b id="me">{escape(user)}</b>.</p>
<form method="post" action="note"><input name="note" value="{escape(note)}"><button>Keep it</button></form>
<form method="post" action="logout"><button>Log out</button></form>"""


def right(user: str, password: str) -> bool:
    return PASSWORDS.get(user) == password

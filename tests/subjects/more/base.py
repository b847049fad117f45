"""What the further servers have in common, over servers.py: signed tokens, notes in the session, pages."""
import base64, hmac, html, json, secrets

from servers import Good

KEY = b"k" * 32


def signature(text):
    return hmac.new(KEY, text.encode(), "sha256").hexdigest()


def token_of(claims):
    """A JWT, signed."""
    head, body = (base64.urlsafe_b64encode(json.dumps(x).encode()).decode().rstrip("=") for x in ({"alg": "HS256", "typ": "JWT"}, claims))
    mac = hmac.new(KEY, f"{head}.{body}".encode(), "sha256").digest()
    return f"{head}.{body}." + base64.urlsafe_b64encode(mac).decode().rstrip("=")


def claims_of(token, verify=True):
    """What a JWT says; None where it is none, or is not genuine."""
    try:
        body = token.split(".")[1]; claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return claims if claims["sub"] and (not verify or hmac.compare_digest(token_of(claims), token)) else None
    except (IndexError, ValueError, KeyError, TypeError): return None


class NoteInSession(Good):
    """The note lies in the session."""
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b); i, s = self.find(h)
        if p == "/note" and r[0] == 200:
            if m == "PUT": s["note"] = b["note"]
            else: r[1]["note"] = s.get("note")
        return r


class Page(Good):
    """HTML: a login form at / for nobody, the user's page at / for a user, a CSRF token in every form."""
    online = False
    def __init__(self, *a): super().__init__(*a); self.seen = set()
    def encode(self, h, st, f): return f["html"].encode(), "text/html; charset=utf-8", []
    def form(self, s, action, fields): return f'<form method="post" action="{action}"><input type="hidden" name="csrf" value="{s["csrf"]}">{fields}<button>Go</button></form>'
    def do(self, h, m, p, b):
        i, s = self.find(h)
        if s is None: s = self.anonymous(h)
        s.setdefault("csrf", secrets.token_hex(8))
        if m == "POST" and b.get("csrf") != s["csrf"]: return 403, {"html": "CSRF verification failed"}
        if p == "/login" and m == "POST":
            if b.get("password") != "pw-" + b.get("username", "")[:1]: return 200, {"html": self.login(s, "wrong name or password")}
            s.pop("csrf"); self.log_in(h, i, s, b["username"]); self.seen.add(b["username"]); return self.to(h, "/")
        if p == "/logout" and m == "POST": self.log_out(h, i, s); return self.to(h, "/")
        if s["user"] is None: return (200, {"html": self.login(s)}) if p in ("/", "/login") else self.to(h, "/login")
        if p == "/note" and m == "POST": self.notes[s["user"]] = b.get("note", ""); return self.to(h, "/")
        others = "<ul id=online>" + "".join(f"<li>{html.escape(u)}</li>" for u in sorted(self.seen)) + "</ul>" if self.online else ""
        note = html.escape(self.notes.get(s["user"], ""), quote=True)
        return 200, {"html": f'<p>Signed in as <b id="me">{s["user"]}</b></p>{others}' + self.form(s, "/note", f'<input name="note" value="{note}">') + self.form(s, "/logout", "")}
    def to(self, h, where): h.out.append(("Location", where)); return 302, {"html": ""}
    def login(self, s, why=""): return f"<p>{why}</p>" + self.form(s, "/login", '<input name="username"><input type="password" name="password">')

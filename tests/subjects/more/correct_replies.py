"""Correct servers whose replies are pages, are slow, are limited, or end the connection."""
import html, time

from servers import Good, S, reg

from .base import NoteInSession, Page


@reg
class ok_page(Page): pass
@reg
class ok_page_online(Page): online = True
@reg
class ok_chain(Page):
    """A login leads over three redirects, each of which sets a cookie of its own."""
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b)
        if p == "/login" and m == "POST" and r[0] == 302: h.out = [x for x in h.out if x[0] != "Location"] + [("Location", "/step1")]; return 303, r[1]
        for here, there in (("/step1", "/step2"), ("/step2", "/step3"), ("/step3", "/")):
            if p == here: h.out = [x for x in h.out if x[0] != "Location"] + [("Location", there), ("Set-Cookie", f"step={p[1:]}; Path=/")]; return 303, {"html": ""}
        return r
@reg
class ok_locks_account(Page):
    """Five failures lock the account that was tried, not the address, for ten seconds."""
    def __init__(self, *a): super().__init__(*a); self.failures = {}
    def do(self, h, m, p, b):
        u = b.get("username", ""); n, until = self.failures.get(u, (0, 0))
        if p == "/login" and m == "POST" and n >= 5 and until > time.monotonic(): return 200, {"html": self.login(self.find(h)[1] or S(csrf="", user=None), "this account is locked")}
        r = super().do(h, m, p, b)
        if p == "/login" and m == "POST": self.failures[u] = (0, 0) if r[0] == 302 else (n + 1, time.monotonic() + 10)
        return r
@reg
class ok_echoes_name(Page):
    """A refused login shows the name that was tried, in the text and in the field."""
    tried = ""
    def do(self, h, m, p, b): self.tried = b.get("username", ""); return super().do(h, m, p, b)
    def login(self, s, why=""): n = html.escape(self.tried); return f"<p>{why} {n}</p>" + self.form(s, "/login", f'<input name="username" value="{n}"><input type="password" name="password">')
@reg
class ok_names_all(Good):
    """Each reply lists all users; who one is stands in a field of its own."""
    def __init__(self, *a): super().__init__(*a); self.members = set()
    def do(self, h, m, p, b):
        if p == "/login": self.members.add(b["user"])
        st, f = super().do(h, m, p, b); return st, {**f, "members": sorted(self.members)}
@reg
class ok_note_in_session(NoteInSession):
    """The note is a basket, which ends with the session."""
    def log_in(self, h, i, s, user): s.pop("note", None); super().log_in(h, i, s, user)
@reg
class ok_closes_after_five(Good):
    """Closes each connection after five requests, and says so."""
    def encode(self, h, st, f):
        b, c, more = super().encode(h, st, f); h.count = getattr(h, "count", 0) + 1
        if h.count >= 5: h.close_connection = True; more = [*more, ("Connection", "close")]
        return b, c, more
@reg
class ok_closes_in_silence(Good):
    """Closes each connection after five requests, and does not say so."""
    def encode(self, h, st, f):
        h.count = getattr(h, "count", 0) + 1
        if h.count >= 5: h.close_connection = True
        return super().encode(h, st, f)
@reg
class ok_slow(Good):
    """Each answer takes a tenth of a second."""
    def handle(self, h, m, p, b): time.sleep(0.1); return super().handle(h, m, p, b)
@reg
class ok_limits_rate(Good):
    """Sixty requests a second; more get a 429 that says when to come again."""
    most = 60
    def __init__(self, *a): super().__init__(*a); self.times = []
    def counts(self, p): return True
    def do(self, h, m, p, b):
        now = time.monotonic(); self.times = [t for t in self.times if now - t < 1]
        if self.counts(p):
            if len(self.times) >= self.most: h.out.append(("Retry-After", "1")); return 429, {"error": "slowly"}
            self.times.append(now)
        return super().do(h, m, p, b)
@reg
class ok_limits_logins(ok_limits_rate):
    """Three logins a second."""
    most = 3
    def counts(self, p): return p == "/login"

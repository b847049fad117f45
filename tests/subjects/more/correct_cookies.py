"""Correct servers with other cookies beside the session's, or with one that is set, taken away or read in a way of its own."""
import secrets, time
from email.utils import formatdate
from urllib.parse import quote, unquote

from servers import Good, reg

from .base import signature


@reg
class ok_two_cookies(Good):
    """An id in one cookie, its signature in another; both are needed."""
    def find(self, h):
        i, s = super().find(h)
        return (i, s) if s is not None and signature(i) in self.get(h, "sid.sig") else (None, None)
    def issue(self, h, s):
        i = super().issue(h, s); h.out.append(("Set-Cookie", f"sid.sig={signature(i)}{self.attrs()}")); return i
    def log_in(self, h, i, s, user):
        h.out = []; super().log_in(h, i, s, user)
@reg
class ok_base_path(Good):
    """All of it lies under /app, the cookie too."""
    path = "; Path=/app"
    def do(self, h, m, p, b): return super().do(h, m, p[4:] or "/", b) if p.startswith("/app/") else (404, {"error": "no"})
    def log_out(self, h, i, s): super().log_out(h, i, s); h.out[-1] = ("Set-Cookie", "sid=; Max-Age=0; Path=/app")
@reg
class ok_secure(Good):
    """A __Host- cookie, Secure, over plain HTTP at localhost."""
    cookie = "__Host-sid"; path = "; Path=/; Secure; HttpOnly; SameSite=Lax"
    def log_out(self, h, i, s): super().log_out(h, i, s); h.out[-1] = ("Set-Cookie", "__Host-sid=; Max-Age=0" + self.path)
@reg
class ok_expires(Good):
    """A cookie that lasts until a date, without a Max-Age: as Tornado, Koa and Express set it."""
    def attrs(self): return f"; Path=/; Expires={formatdate(time.time() + 86400, usegmt=True)}"
@reg
class ok_xsrf_each_time(Good):
    """A readable CSRF cookie that is new with each answer, beside the session."""
    def do(self, h, m, p, b): r = super().do(h, m, p, b); h.out.append(("Set-Cookie", f"XSRF-TOKEN={secrets.token_hex(16)}; Path=/")); return r
@reg
class ok_xsrf_encoded(Good):
    """As Laravel: a readable cookie holds a token, percent-encoded; a header must bring it back as it is."""
    def do(self, h, m, p, b):
        there = self.get(h, "XSRF-TOKEN")
        if m != "GET" and (not there or h.headers.get("X-XSRF-TOKEN") != unquote(there[0])): return 419, {"error": "CSRF token mismatch"}
        r = super().do(h, m, p, b)
        if not there: h.out.append(("Set-Cookie", f"XSRF-TOKEN={quote(secrets.token_hex(8) + '==')}; Path=/"))
        return r
@reg
class ok_analytics(Good):
    """A lasting visitor's cookie that the server gives out and takes back from whoever brings one."""
    def do(self, h, m, p, b):
        if not self.get(h, "_ga"): h.out.append(("Set-Cookie", f"_ga=GA1.1.{secrets.randbelow(10**9)}.{int(time.time())}; Path=/; Max-Age=63072000"))
        r = super().do(h, m, p, b)
        if self.get(h, "_ga") and p == "/login" and r[0] == 200: h.out.append(("Set-Cookie", f"_ga={self.get(h, '_ga')[0]}; Path=/; Max-Age=63072000"))
        return r
@reg
class ok_number_and_sid(Good):
    """Beside the session a cookie with the user's number, for the page's script; the server does not read it."""
    numbers = {"alice": 1, "bob": 2}
    def log_in(self, h, i, s, user): super().log_in(h, i, s, user); h.out.append(("Set-Cookie", f"uid={self.numbers.get(user, 9)}; Path=/"))
@reg
class ok_deletes_twice(Good):
    """A logout takes the cookie away at every path and domain that it may ever have had."""
    def log_out(self, h, i, s):
        super().log_out(h, i, s)
        for more in ("Path=/old", "Path=/; Domain=lab.test", "Path=/; Domain=server.lab.test", "Path=/"): h.out.append(("Set-Cookie", f"sid=deleted; Expires=Thu, 01 Jan 1970 00:00:00 GMT; {more}"))
@reg
class ok_sets_twice(Good):
    """A login takes the old cookie away and gives the new one, in two lines of the same reply."""
    def log_in(self, h, i, s, user): super().log_in(h, i, s, user); h.out.insert(0, ("Set-Cookie", "sid=; Max-Age=0; Path=/"))
@reg
class ok_rejects_garbage(Good):
    """A cookie that is no id of this shape gets 400."""
    def do(self, h, m, p, b):
        if any(len(v) != 43 for v in self.get(h)): return 400, {"error": "malformed cookie"}
        return super().do(h, m, p, b)
@reg
class ok_refuses_strange_cookies(Good):
    """As a firewall in front: a Cookie header with bytes beyond ASCII, or of more than 8 kB, gets 400."""
    def do(self, h, m, p, b):
        line = "; ".join(h.headers.get_all("Cookie", []))
        return (400, {"error": "bad request"}) if len(line) > 8192 or not line.isascii() else super().do(h, m, p, b)

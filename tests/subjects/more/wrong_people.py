"""Wrong servers that take people for each other, show what is another's, or lose sight of who one is."""
import base64, json, time

from servers import Good, S, reg

from .base import NoteInSession


class Shared(Good):
    """Sessions by something that many clients share."""
    def key(self, h): return "all"
    def find(self, h): k = self.key(h); return (k, self.t[k]) if k in self.t else (None, None)
    def issue(self, h, s): self.t[self.key(h)] = s; return self.key(h)
    def log_in(self, h, i, s, user): s["user"] = user
    def log_out(self, h, i, s): self.t.pop(self.key(h), None)
@reg
class bad_by_agent(Shared):
    """By User-Agent and Accept-Language."""
    def key(self, h): return (h.headers.get("User-Agent"), h.headers.get("Accept-Language"))
@reg
class bad_by_agent_and_address(Shared):
    """A fingerprint: User-Agent, language and address."""
    def key(self, h): return (h.client_address[0], h.headers.get("User-Agent"), h.headers.get("Accept-Language"))
@reg
class bad_by_first_hop(Shared):
    """By the first element of X-Forwarded-For, else the address."""
    def key(self, h): return (h.headers.get("X-Forwarded-For") or h.client_address[0]).split(",")[0].strip()
@reg
class bad_connection_auth(Good):
    """A connection is logged in, as with NTLM; cookies say nothing."""
    def find(self, h): s = getattr(h, "session", None); return ("x", s) if s else (None, None)
    def issue(self, h, s): h.session = s; return "x"
    def log_in(self, h, i, s, user): s["user"] = user; h.session = s
    def log_out(self, h, i, s): h.session = None
@reg
class bad_real_ip_user(Good):
    """Who logs in is remembered by address, as X-Real-IP or X-Forwarded-For says; a visitor without a session from there is them."""
    def __init__(self, *a): super().__init__(*a); self.at = {}
    def ip(self, h): return h.headers.get("X-Real-IP") or h.headers.get("X-Forwarded-For") or h.client_address[0]
    def find(self, h):
        i, s = super().find(h)
        return (i, s) if s is not None else (None, self.at.get(self.ip(h)))
    def log_in(self, h, i, s, user): super().log_in(h, i, s, user); self.at[self.ip(h)] = s
    def log_out(self, h, i, s): self.at.pop(self.ip(h), None); super().log_out(h, i, s)
@reg
class bad_tied_to_net(Good):
    """A session is tied to the User-Agent and the /24 of the address."""
    def find(self, h):
        i, s = super().find(h); mark = (h.headers.get("User-Agent"), h.client_address[0].rpartition(".")[0], h.client_address[0] if h.client_address[0].startswith("127.") else "")
        return (i, s) if s is not None and s.setdefault("mark", mark) == mark else (None, None)
@reg
class bad_tied_to_x_real_ip(Good):
    """A session is tied to an address, which X-Real-IP may say."""
    def find(self, h):
        i, s = super().find(h); ip = h.headers.get("X-Real-IP") or h.client_address[0]
        return (i, s) if s is not None and s.setdefault("ip", ip) == ip else (None, None)
@reg
class bad_uid_cookie(Good):
    """A random session, and beside it a cookie with the user's number, which is believed of whoever has a session."""
    names = ("alice", "bob", "carol", "dave", "mallory")
    def log_in(self, h, i, s, user):
        super().log_in(h, i, s, user)
        if user in self.names: h.out.append(("Set-Cookie", f"uid={self.names.index(user) + 1}; Path=/"))
    def find(self, h):
        i, s = super().find(h); u = self.get(h, "uid")
        if s and s["user"] and u and u[0].isdigit() and 0 < int(u[0]) <= 5: return i, S(s, user=self.names[int(u[0]) - 1])
        return i, s
@reg
class bad_admin_cookie(Good):
    """A session; and a cookie act_as, set at the login, which is believed."""
    def log_in(self, h, i, s, user): super().log_in(h, i, s, user); h.out.append(("Set-Cookie", f"act_as={user}; Path=/"))
    def find(self, h):
        i, s = super().find(h); u = self.get(h, "act_as")
        return (i, S(s, user=u[-1])) if s and s["user"] and u else (i, s)
@reg
class bad_first_user_default(Good):
    """Who has no session is the user with the lowest number: alice, once she has logged in."""
    first = None
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b)
        if p == "/login": self.first = self.first or b["user"]
        if p == "/whoami" and not self.get(h) and self.first: r[1]["user"] = self.first
        return r
@reg
class bad_worker_user(Good):
    """Four workers by the client's port, each with a current user in a global that a login sets."""
    def __init__(self, *a): super().__init__(*a); self.current = {}
    def do(self, h, m, p, b):
        worker = h.client_address[1] % 4; r = super().do(h, m, p, b)
        if p == "/login": self.current[worker] = b["user"]
        if p == "/whoami" and r[1]["user"]: r[1]["user"] = self.current.get(worker, r[1]["user"])
        return r
@reg
class bad_cache_by_path(Good):
    """A cache before the server that keys /whoami by its path, for half a second."""
    kept = (0, None)
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b)
        if p == "/whoami":
            if self.kept[0] > time.monotonic(): return self.kept[1]
            if r[1]["user"]: self.kept = (time.monotonic() + 0.5, r)
        return r
@reg
class bad_cache_set_cookie(Good):
    """A cache before the server that keeps the front page with its Set-Cookie line."""
    kept = None
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b)
        if p == "/" and not self.get(h):
            if self.kept is None: self.kept = (r, list(h.out))
            h.out = list(self.kept[1]); return self.kept[0]
        return r
@reg
class bad_swaps_cookies(Good):
    """Under load a reply now and then carries the Set-Cookie of the request before it."""
    before = None; n = 0
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b); i, s = self.find(h)
        if s is None or not s["user"]: return r
        self.n += 1
        if self.n % 7 == 0 and self.before: h.out.append(("Set-Cookie", f"sid={self.before}{self.attrs()}"))
        self.before = i; return r
@reg
class bad_leaks_ids(Good):
    """The front page shows the ids of all who are here, for debugging, as JSON in a header in base64."""
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b)
        if p == "/": h.out.append(("X-Debug", base64.b64encode(json.dumps(list(self.t)).encode()).decode()))
        return r
@reg
class bad_note_in_header(Good):
    """Every reply says in a header what was written last, URL-encoded."""
    last = ""
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b)
        if p == "/note" and m == "PUT" and r[0] == 200: self.last = b["note"]
        if self.last: h.out.append(("X-Last", "".join(f"%{c:02X}" for c in self.last.encode())))
        return r
@reg
class bad_keeps_note(NoteInSession):
    """A login as somebody else keeps the note."""
@reg
class bad_stops_at_semicolon(Good):
    """Reads the first cookie of the header alone."""
    def cookies(self, h): return super().cookies(h)[:1]
@reg
class bad_simple_cookie(Good):
    """http.cookies: one odd cookie, and all are gone."""
    def cookies(self, h):
        from http.cookies import CookieError, SimpleCookie
        try: return [(k, v.value) for k, v in SimpleCookie("; ".join(h.headers.get_all("Cookie", []))).items()]
        except CookieError: return []
@reg
class bad_other_order(Good):
    """Two cookies make up a session, and the server takes them by their place in the header."""
    def issue(self, h, s): i = super().issue(h, s); h.out.append(("Set-Cookie", f"user={s['user'] or ''}{self.attrs()}")); return i
    def find(self, h):
        c = self.cookies(h)
        return (c[0][1], self.t[c[0][1]]) if c and c[0][1] in self.t else (None, None)
class Gap(Good):
    """A global current user, with a gap between finding out and answering, at /whoami alone."""
    gap = 0.001; current = None
    def handle(self, h, m, p, b):
        if p != "/whoami" or m != "GET": return super().handle(h, m, p, b)
        with self.lock: self.current = (self.find(h)[1] or S(user=None))["user"]
        time.sleep(self.gap)
        with self.lock:
            st, f = self.do(h, m, p, b); return st, {**f, "user": self.current}
@reg
class bad_gap_1ms(Gap): pass
@reg
class bad_gap_5ms(Gap): gap = 0.005
@reg
class bad_login_race(Good):
    """The id of a login is laid down in a global, and taken from there two milliseconds later."""
    last = None
    def handle(self, h, m, p, b):
        with self.lock: r = self.do(h, m, p, b)
        if p != "/login": return r
        mine = [x for x in h.out if x[1].startswith("sid=")]; self.last = mine; time.sleep(0.002)
        h.out = [x for x in h.out if x not in mine] + self.last; return r

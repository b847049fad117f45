"""Further servers to try the judge on, in the manner of servers.py: python more.py NAME PORT. The profile of some is in test_more.py."""
import base64, hashlib, hmac, html, io, json, os, secrets, sys, threading, time, uuid
from urllib.parse import parse_qsl, quote, unquote

import servers
from servers import G, Good, Raw, S, main, reg

KEY = b"k" * 32


class Forms(servers.H):
    """Takes forms as well as JSON."""
    def run(self):
        if "urlencoded" not in self.headers.get("Content-Type", ""): return super().run()
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
        body = json.dumps(dict(parse_qsl(raw, keep_blank_values=True))).encode()
        kept, self.rfile = self.rfile, io.BytesIO(body)
        del self.headers["Content-Length"]; self.headers["Content-Length"] = str(len(body))
        try: super().run()
        finally: self.rfile = kept
    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = run


servers.H = Forms


def signature(text):
    return hmac.new(KEY, text.encode(), "sha256").hexdigest()


# ---------------------------------------------------------------- correct servers
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
class ok_rolling(Good):
    """A new id with each answer; the old one is good for ten seconds more."""
    def __init__(self, *a): super().__init__(*a); self.old = {}
    def find(self, h):
        i, s = super().find(h)
        for v in self.get(h):
            if s is None and v in self.old and self.old[v][1] > time.monotonic(): return v, self.old[v][0]
        return i, s
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b); i, s = self.find(h)
        if s is not None and not h.out:
            self.t.pop(i, None); self.old.setdefault(i, (s, time.monotonic() + 10)); self.issue(h, s)
        return r
    def log_out(self, h, i, s):
        for table in (self.t, self.old):
            for k in [k for k, v in table.items() if (v[0] if table is self.old else v) is s]: del table[k]
        super().log_out(h, i, s)
    def log_in(self, h, i, s, user):
        for k in [k for k, v in self.old.items() if v[0] is s]: del self.old[k]
        super().log_in(h, i, s, user)
@reg
class ok_jwt_denied(Good):
    """The session is a signed token; a logout puts it on a list of tokens that are refused. Anonymous visitors get none."""
    def __init__(self, *a): super().__init__(*a); self.denied_tokens = set()
    def sign(self, claims):
        head, body = (base64.urlsafe_b64encode(json.dumps(x).encode()).decode().rstrip("=") for x in ({"alg": "HS256", "typ": "JWT"}, claims))
        mac = hmac.new(KEY, f"{head}.{body}".encode(), "sha256").digest()
        return f"{head}.{body}." + base64.urlsafe_b64encode(mac).decode().rstrip("=")
    def find(self, h):
        for v in self.get(h):
            try:
                body = v.split(".")[1]; claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
                if v not in self.denied_tokens and hmac.compare_digest(self.sign(claims), v): return v, S(user=claims["sub"], visits=0)
            except (IndexError, ValueError, KeyError, TypeError): continue
        return None, None
    def anonymous(self, h): return S(visits=0, user=None)
    def log_in(self, h, i, s, user):
        if i: self.denied_tokens.add(i)
        token = self.sign({"sub": user, "jti": secrets.token_hex(16), "iat": int(time.time())})
        h.out.append(("Set-Cookie", f"{self.cookie}={token}{self.attrs()}")); s["user"] = user
    def log_out(self, h, i, s): self.denied_tokens.add(i); super().log_out(h, i, s)
@reg
class ok_upper_hex(Good):
    def new_id(self): return secrets.token_hex(16).upper()
@reg
class ok_encoded_id(Good):
    """As express-session: s%3A, the id, a dot, a signature in base64 that is URL-encoded."""
    cookie = "connect.sid"
    def new_id(self): return "s%3A" + secrets.token_urlsafe(24) + "." + base64.b64encode(secrets.token_bytes(32)).decode().replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
@reg
class ok_quoted_id(Good):
    """In quotes, with = signs in it."""
    def new_id(self): return '"' + base64.b64encode(secrets.token_bytes(24)).decode() + '=="'
@reg
class ok_base_path(Good):
    """All of it lies under /app, the cookie too."""
    path = "; Path=/app"
    def do(self, h, m, p, b): return super().do(h, m, p[4:] or "/", b) if p.startswith("/app/") else (404, {"error": "no"})
    def log_out(self, h, i, s): super().log_out(h, i, s); h.out[-1] = ("Set-Cookie", "sid=; Max-Age=0; Path=/app")
@reg
class ok_logout_everywhere(Good):
    """A logout ends all devices of the user."""
    def log_out(self, h, i, s):
        for k in [k for k, v in self.t.items() if s and s["user"] and v["user"] == s["user"]]: del self.t[k]
        super().log_out(h, i, s)
@reg
class ok_new_id_on_write(Good):
    """A new id at every change of what is stored; the old one dies at once."""
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b); i, s = self.find(h)
        if p == "/note" and m == "PUT" and r[0] == 200: self.t.pop(i); h.out = []; self.issue(h, s)
        return r
@reg
class ok_pre_session(Good):
    """A login without the cookie of an earlier visit is refused."""
    def do(self, h, m, p, b):
        if p == "/login" and self.find(h)[1] is None: return 400, {"error": "cookies are needed"}
        return super().do(h, m, p, b)
@reg
class ok_remember(Good):
    """A session, and a random remember-me token, which brings the session back where it is missing."""
    def __init__(self, *a): super().__init__(*a); self.tokens = {}
    def find(self, h):
        i, s = super().find(h)
        for v in self.get(h, "remember"):
            if (s is None or not s["user"]) and v in self.tokens: s = S(visits=0, user=self.tokens[v]); i = self.issue(h, s)
        return i, s
    def log_in(self, h, i, s, user):
        super().log_in(h, i, s, user); t = secrets.token_urlsafe(32); self.tokens[t] = user
        for v in self.get(h, "remember"): self.tokens.pop(v, None)
        h.out.append(("Set-Cookie", f"remember={t}{self.attrs()}"))
    def log_out(self, h, i, s):
        for v in self.get(h, "remember"): self.tokens.pop(v, None)
        h.out = [("Set-Cookie", "remember=; Max-Age=0; Path=/")]; super().log_out(h, i, s)
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
@reg
class ok_page(Page): pass
@reg
class ok_page_online(Page): online = True
@reg
class ok_one_session(Good):
    """One session a user: a login elsewhere ends the earlier one. A choice of design."""
    def log_in(self, h, i, s, user):
        for k in [k for k, v in self.t.items() if v["user"] == user and v is not s]: del self.t[k]
        super().log_in(h, i, s, user)
@reg
class ok_xsrf_each_time(Good):
    """A readable CSRF cookie that is new with each answer, beside the session."""
    def do(self, h, m, p, b): r = super().do(h, m, p, b); h.out.append(("Set-Cookie", f"XSRF-TOKEN={secrets.token_hex(16)}; Path=/")); return r
@reg
class ok_analytics(Good):
    """A lasting visitor's cookie that the server gives out and takes back from whoever brings one."""
    def do(self, h, m, p, b):
        if not self.get(h, "_ga"): h.out.append(("Set-Cookie", f"_ga=GA1.1.{secrets.randbelow(10**9)}.{int(time.time())}; Path=/; Max-Age=63072000"))
        r = super().do(h, m, p, b)
        if self.get(h, "_ga") and p == "/login" and r[0] == 200: h.out.append(("Set-Cookie", f"_ga={self.get(h, '_ga')[0]}; Path=/; Max-Age=63072000"))
        return r
@reg
class ok_limits_rate(Good):
    """Sixty requests a second; more get a 429 that says when to come again."""
    def __init__(self, *a): super().__init__(*a); self.times = []
    def do(self, h, m, p, b):
        now = time.monotonic(); self.times = [t for t in self.times if now - t < 1]
        if len(self.times) >= 60: h.out.append(("Retry-After", "1")); return 429, {"error": "slowly"}
        self.times.append(now); return super().do(h, m, p, b)
@reg
class ok_secure(Good):
    """A __Host- cookie, Secure, over plain HTTP at localhost."""
    cookie = "__Host-sid"; path = "; Path=/; Secure; HttpOnly; SameSite=Lax"
    def log_out(self, h, i, s): super().log_out(h, i, s); h.out[-1] = ("Set-Cookie", "__Host-sid=; Max-Age=0" + self.path)
@reg
class ok_slow(Good):
    """Each answer takes a tenth of a second."""
    def handle(self, h, m, p, b): time.sleep(0.1); return super().handle(h, m, p, b)
@reg
class ok_rejects_garbage(Good):
    """A cookie that is no id of this shape gets 400."""
    def do(self, h, m, p, b):
        if any(len(v) != 43 for v in self.get(h)): return 400, {"error": "malformed cookie"}
        return super().do(h, m, p, b)
@reg
class ok_number_and_sid(Good):
    """Beside the session a cookie with the user's number, for the page's script; the server does not read it."""
    def log_in(self, h, i, s, user): super().log_in(h, i, s, user); h.out.append(("Set-Cookie", f"uid={['alice', 'bob', 'carol', 'dave', 'mallory'].index(user) + 1 if user in ('alice', 'bob') else 9}; Path=/"))

# ---- correct servers of the second round
@reg
class ok_same_reply_to_wrong_password(Good):
    """A right and a wrong password get the same reply; who has got in is told by /whoami alone."""
    def do(self, h, m, p, b):
        if p == "/login" and b.get("password") != "pw-" + b.get("user", "")[:1]: return 200, {"message": "thank you"}
        r = super().do(h, m, p, b)
        return (200, {"message": "thank you"}) if p == "/login" else r
@reg
class ok_401(Good):
    """Nobody is told 401 by /whoami; a logout that nobody needs is 401 as well."""
    def do(self, h, m, p, b):
        if p in ("/whoami", "/logout") and (self.find(h)[1] or S(user=None))["user"] is None: return 401, {"error": "who are you?"}
        return super().do(h, m, p, b)
@reg
class ok_names_all(Good):
    """Each reply lists all users; who one is stands in a field of its own."""
    def __init__(self, *a): super().__init__(*a); self.members = set()
    def do(self, h, m, p, b):
        if p == "/login": self.members.add(b["user"])
        st, f = super().do(h, m, p, b); return st, {**f, "members": sorted(self.members)}
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
class ok_chain(Page):
    """A login leads over three redirects, each of which sets a cookie of its own."""
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b)
        if p == "/login" and m == "POST" and r[0] == 302: h.out = [x for x in h.out if x[0] != "Location"] + [("Location", "/step1")]; return 303, r[1]
        for here, there in (("/step1", "/step2"), ("/step2", "/step3"), ("/step3", "/")):
            if p == here: h.out = [x for x in h.out if x[0] != "Location"] + [("Location", there), ("Set-Cookie", f"step={p[1:]}; Path=/")]; return 303, {"html": ""}
        return r
@reg
class ok_limits_logins(Good):
    """Three logins a second; more get a 429 that says when to come again."""
    def __init__(self, *a): super().__init__(*a); self.times = []
    def do(self, h, m, p, b):
        now = time.monotonic(); self.times = [t for t in self.times if now - t < 1]
        if p == "/login":
            if len(self.times) >= 3: h.out.append(("Retry-After", "1")); return 429, {"error": "slowly"}
            self.times.append(now)
        return super().do(h, m, p, b)
@reg
class ok_refresh(ok_jwt_denied):
    """An access token of five seconds, and a refresh cookie that is new each time that it is used."""
    def __init__(self, *a): super().__init__(*a); self.families = {}
    def give(self, h, user, family):
        token = self.sign({"sub": user, "fam": family, "exp": time.time() + 5, "jti": secrets.token_hex(8)}); r = secrets.token_urlsafe(32)
        self.families[family] = {r, *list(self.families.get(family, ()))[:8]}
        h.out = [x for x in h.out if not x[1].startswith((self.cookie + "=", "refresh="))]
        h.out += [("Set-Cookie", f"{self.cookie}={token}; Path=/; Max-Age=5"), ("Set-Cookie", f"refresh={r}.{family}.{user}; Path=/; Max-Age=50000")]
    def find(self, h):
        for v in self.get(h):
            try: body = v.split(".")[1]; claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
            except (IndexError, ValueError): continue
            try: good = hmac.compare_digest(self.sign(claims), v)
            except TypeError: continue
            if good and claims["exp"] > time.time() and claims["fam"] in self.families: return claims["fam"], S(user=claims["sub"], visits=0)
        for v in self.get(h, "refresh"):
            r, _, rest = v.partition("."); family, _, user = rest.partition(".")
            if r in self.families.get(family, ()): self.give(h, user, family); return family, S(user=user, visits=0)
        return None, None
    def log_in(self, h, i, s, user):
        self.families.pop(i, None); family = secrets.token_hex(8); self.give(h, user, family); s["user"] = user
    def log_out(self, h, i, s):
        self.families.pop(i, None); h.out = [("Set-Cookie", f"{n}=; Max-Age=0; Path=/") for n in (self.cookie, "refresh")]
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
class ok_uuid7(Good):
    """The time in front, 74 bits of chance behind it."""
    def new_id(self):
        n = int(time.time() * 1000) << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62); return str(uuid.UUID(int=n))
@reg
class ok_ulid(Good):
    def new_id(self):
        n = int(time.time() * 1000) << 80 | secrets.randbits(80); return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[n >> k & 31] for k in range(125, -1, -5))
@reg
class ok_64_bits(Good):
    def new_id(self): return secrets.token_hex(8)
@reg
class ok_decimal_id(Good):
    def new_id(self): return str(secrets.randbelow(10**30))
@reg
class ok_named_id(Good):
    """The user's name before a random part, for the logs."""
    user = "nobody"
    def new_id(self): return f"{self.user}.{secrets.token_hex(16)}"
    def log_in(self, h, i, s, user):
        self.user = user
        try: super().log_in(h, i, s, user)
        finally: self.user = "nobody"
@reg
class ok_numbered_id(Good):
    """A counter before a random part: the row of a table and its secret."""
    n = 0
    def new_id(self): self.n += 1; return f"{self.n}.{secrets.token_hex(16)}"
@reg
class ok_note_in_session(Good):
    """The note is a basket: it lies in the session and ends with it."""
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b); i, s = self.find(h)
        if p == "/note" and r[0] == 200:
            if m == "PUT": s["note"] = b["note"]
            else: r[1]["note"] = s.get("note")
        return r
    def log_in(self, h, i, s, user): s.pop("note", None); super().log_in(h, i, s, user)
@reg
class ok_bearer(Good):
    """No cookie: a token that a login gives and each request brings."""
    def anonymous(self, h): return S(visits=0, user=None)
    def get(self, h, name=None):
        kind, _, token = h.headers.get("Authorization", "").partition(" ")
        return [token] if kind == "Bearer" else []
    def issue(self, h, s): h.token = self.new_id(); self.t[h.token] = s; return h.token
    def log_out(self, h, i, s): self.t.pop(i, None)
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b)
        if p == "/login" and r[0] == 200: r[1]["token"] = h.token
        return r
@reg
class ok_basic(Good):
    """No cookie and no login: name and password with each request."""
    def find(self, h):
        kind, _, text = h.headers.get("Authorization", "").partition(" ")
        try: user, _, password = base64.b64decode(text).decode().partition(":")
        except ValueError: return None, None
        return (user, S(visits=0, user=user)) if kind == "Basic" and user and password == "pw-" + user[:1] else (None, None)
    def anonymous(self, h): return S(visits=0, user=None)
    def do(self, h, m, p, b):
        if p != "/" and self.find(h)[1] is None: h.out.append(("WWW-Authenticate", 'Basic realm="x"')); return 401, {"error": "log in"}
        return super().do(h, m, p, b)
@reg
class ok_password_ends_sessions(Good):
    """A changed password ends all other sessions of the user and renews one's own."""
    def __init__(self, *a): super().__init__(*a); self.passwords = {}
    def do(self, h, m, p, b):
        i, s = self.find(h)
        if p == "/login" and b.get("password") != self.passwords.get(b["user"], "pw-" + b["user"][:1]): return 403, {"error": "no"}
        if p == "/password":
            if s is None or not s["user"]: return 401, {"error": "log in"}
            self.passwords[s["user"]] = b["new"]; self.end_others(h, s); return 200, {}
        return super().do(h, m, p, b)
    def end_others(self, h, s):
        for k in [k for k, v in self.t.items() if v["user"] == s["user"]]: del self.t[k]
        self.issue(h, s)
@reg
class ok_fresh_for_nobody(Good):
    """Nobody gets a new id with each reply; the old one is forgotten."""
    def find(self, h):
        i, s = super().find(h)
        if s is not None and not s["user"]: del self.t[i]; return None, None
        return i, s
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
class ok_refuses_strange_cookies(Good):
    """As a firewall in front: a Cookie header with bytes beyond ASCII, or of more than 8 kB, gets 400."""
    def do(self, h, m, p, b):
        line = "; ".join(h.headers.get_all("Cookie", []))
        return (400, {"error": "bad request"}) if len(line) > 8192 or not line.isascii() else super().do(h, m, p, b)
@reg
class ok_route_suffix(Good):
    """As Jetty: behind the id stands the name of the node, which the server does not look at."""
    def new_id(self): return secrets.token_hex(16) + ".node0"
    def get(self, h, name=None): return [v.partition(".")[0] + ".node0" for v in super().get(h, name)]
    def anonymous(self, h): return S(visits=0, user=None)
@reg
class ok_xsrf_encoded(Good):
    """As Laravel: a readable cookie holds a token, percent-encoded; a header must bring it back as it is."""
    def do(self, h, m, p, b):
        there = self.get(h, "XSRF-TOKEN")
        if m != "GET" and (not there or h.headers.get("X-XSRF-TOKEN") != unquote(there[0])): return 419, {"error": "CSRF token mismatch"}
        r = super().do(h, m, p, b)
        if not there: h.out.append(("Set-Cookie", f"XSRF-TOKEN={quote(secrets.token_hex(8) + '==')}; Path=/"))
        return r

# ---------------------------------------------------------------- wrong servers
class Named(Good):
    """No table: the cookie says who one is. Anonymous visitors get none."""
    def anonymous(self, h): return S(visits=0, user=None)
    def encode_user(self, user): return user
    def decode_user(self, v): return v if v in self.users else None
    users = ()
    def __init__(self, *a): super().__init__(*a); self.users = set()
    def find(self, h):
        for v in self.get(h):
            if u := self.decode_user(v): return v, S(visits=0, user=u)
        return None, None
    def log_in(self, h, i, s, user): self.users.add(user); s["user"] = user; h.out.append(("Set-Cookie", f"{self.cookie}={self.encode_user(user)}{self.attrs()}"))
    def log_out(self, h, i, s): h.out.append(("Set-Cookie", f"{self.cookie}=; Max-Age=0; Path=/"))
@reg
class bad_md5_name(Named):
    """The id is the MD5 of the user's name."""
    def encode_user(self, u): return hashlib.md5(u.encode()).hexdigest()
    def decode_user(self, v): return next((u for u in self.users if self.encode_user(u) == v), None)
@reg
class bad_b64_name(Named):
    """The cookie is the user's name in base64."""
    cookie = "remember"
    def encode_user(self, u): return base64.b64encode(u.encode()).decode()
    def decode_user(self, v): return next((u for u in self.users if self.encode_user(u) == v), None)
@reg
class bad_b64_json_name(Named):
    """The cookie is {"user": …} in base64, not signed."""
    def encode_user(self, u): return base64.urlsafe_b64encode(json.dumps({"user": u, "t": int(time.time())}).encode()).decode()
    def decode_user(self, v):
        try: return json.loads(base64.urlsafe_b64decode(v))["user"]
        except (ValueError, KeyError, TypeError): return None
@reg
class bad_jwt_unverified(ok_jwt_denied):
    """Tokens are read and not verified."""
    def find(self, h):
        for v in self.get(h):
            try:
                body = v.split(".")[1]; claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
                if v not in self.denied_tokens: return v, S(user=claims["sub"], visits=0)
            except (IndexError, ValueError, KeyError, TypeError): continue
        return None, None
@reg
class bad_time_id(Good):
    """The id is the time in milliseconds."""
    last = 0
    def new_id(self): self.last = max(self.last + 1, int(time.time() * 1000)); return str(self.last)
@reg
class bad_md5_time(Good):
    """The id is the MD5 of the time in seconds and a counter: not to be seen from outside, but as such it is the same for all in one second."""
    def new_id(self): return hashlib.md5(str(int(time.time())).encode()).hexdigest()
@reg
class bad_b64_counter(Good):
    n = 0
    def new_id(self): self.n += 1; return base64.b64encode(b"session-%08d" % self.n).decode()
@reg
class bad_hex_counter(Good):
    """A constant prefix of random letters for the process, and a counter."""
    n = 0x7f000; prefix = secrets.token_hex(12)
    def new_id(self): self.n += 3; return f"{self.prefix}{self.n:08x}"
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
class bad_worker_user(Good):
    """Four workers by the client's port, each with a current user in a global that a login sets."""
    def __init__(self, *a): super().__init__(*a); self.current = {}
    def do(self, h, m, p, b):
        worker = h.client_address[1] % 4; r = super().do(h, m, p, b)
        if p == "/login": self.current[worker] = b["user"]
        if p == "/whoami" and r[1]["user"]: r[1]["user"] = self.current.get(worker, r[1]["user"])
        return r
@reg
class bad_adopts_uuid(servers.Adopts):
    """Adopts unknown ids that are UUIDs."""
    def new_id(self): return str(uuid.uuid4())
    @staticmethod
    def form(v):
        try: return str(uuid.UUID(v)) == v
        except ValueError: return False
@reg
class bad_first_four(Good):
    """The table knows the first four letters of an id alone."""
    def find(self, h):
        for v in self.get(h):
            for k in self.t:
                if len(v) >= 4 and k[:4] == v[:4]: return k, self.t[k]
        return None, None
@reg
class bad_any_case(Good):
    """The table is looked up as a database with a collation does that ignores case."""
    def find(self, h):
        for v in self.get(h):
            for k in self.t:
                if k.lower() == v.lower(): return k, self.t[k]
        return None, None
@reg
class bad_like(Good):
    """The table is looked up by LIKE: % finds the first session."""
    def find(self, h):
        for v in self.get(h):
            for k in self.t:
                if k == v or (v.endswith("%") and k.startswith(v[:-1])): return k, self.t[k]
        return None, None
@reg
class bad_logout_same_address(Good):
    """A logout counts only from the address of the login."""
    def log_in(self, h, i, s, user): super().log_in(h, i, s, user); s["ip"] = h.client_address[0]
    def log_out(self, h, i, s):
        if s and s.get("ip") == h.client_address[0]: super().log_out(h, i, s)
        else: h.out.append(("Set-Cookie", "sid=; Max-Age=0; Path=/"))
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
class bad_slow_blob(Good):
    """Each request loads the whole session, works a while, and writes it back."""
    def handle(self, h, m, p, b):
        with self.lock:
            i, s = self.find(h)
            mine = json.loads(json.dumps([s, self.notes.get(s["user"]) if s else None]))
        time.sleep(0.02)
        with self.lock:
            r = self.do(h, m, p, b)
            if mine[0] and mine[0]["user"] and p == "/": self.notes[mine[0]["user"]] = mine[1]
            return r
@reg
class bad_lockout_three(Page):
    """Three failed logins from an address, and nobody logs in from there for a minute."""
    def __init__(self, *a): super().__init__(*a); self.failed = {}
    def do(self, h, m, p, b):
        ip = h.client_address[0]
        if p == "/login" and m == "POST" and self.failed.get(ip, 0) >= 3: return 403, {"html": "too many failures"}
        r = super().do(h, m, p, b)
        if p == "/login" and m == "POST": self.failed[ip] = self.failed.get(ip, 0) + 1 if r[0] == 200 else 0
        return r
@reg
class bad_logout_all_people(Good):
    """A logout empties the whole table."""
    def log_out(self, h, i, s): self.t.clear(); super().log_out(h, i, s)
@reg
class bad_one_session_an_address(Good):
    """A login ends the other sessions of the same address."""
    def log_in(self, h, i, s, user):
        for k in [k for k, v in self.t.items() if v.get("ip") == h.client_address[0] and v is not s]: del self.t[k]
        super().log_in(h, i, s, user); s["ip"] = h.client_address[0]
@reg
class bad_id_of_login_page(Page):
    """Nobody gets an id before the page with the login form, and the login keeps the one from there."""
    def do(self, h, m, p, b): return (200, {"html": "<p>Welcome</p>"}) if p != "/login" and self.find(h)[1] is None else super().do(h, m, p, b)
    def log_in(self, h, i, s, user): s["user"] = user
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
class bad_keeps_note(Good):
    """The note lies in the session, and a login as somebody else keeps it."""
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b); i, s = self.find(h)
        if p == "/note" and r[0] == 200:
            if m == "PUT": s["note"] = b["note"]
            else: r[1]["note"] = s.get("note")
        return r
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
class bad_forgets_when_busy(Good):
    """The table holds eight sessions: the oldest go."""
    def issue(self, h, s):
        i = super().issue(h, s)
        while len(self.t) > 8: del self.t[next(iter(self.t))]
        return i

# ---- wrong servers of the second round
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
@reg
class bad_write_race(Good):
    """Whose note is written stands in a global for two milliseconds."""
    def handle(self, h, m, p, b):
        if p != "/note" or m != "PUT": return super().handle(h, m, p, b)
        with self.lock: self.writer = (self.find(h)[1] or S(user=None))["user"]
        time.sleep(0.002)
        with self.lock:
            if self.writer: self.notes[self.writer] = b["note"]
            return 200, {"note": b["note"]}
@reg
class bad_loses_one_write(Good):
    """One write in five is acknowledged and thrown away."""
    n = 0
    def do(self, h, m, p, b):
        if p == "/note" and m == "PUT":
            self.n += 1; i, s = self.find(h)
            if self.n % 5 == 0 and s and s["user"]: return 200, self.who(h, s, True, note=b["note"])
        return super().do(h, m, p, b)
@reg
class bad_stale_reads(Good):
    """Reads come from a copy that is half a second behind."""
    def __init__(self, *a): super().__init__(*a); self.copies = {}
    def do(self, h, m, p, b):
        i, s = self.find(h); u = s and s["user"]
        if p == "/note" and m == "PUT" and u: self.copies[u] = (time.monotonic() + 0.5, self.notes.get(u))
        st, f = super().do(h, m, p, b)
        if p == "/note" and m == "GET" and u and self.copies.get(u, (0, 0))[0] > time.monotonic(): return st, {**f, "note": self.copies[u][1]}
        return st, f
@reg
class bad_32_bits(Good):
    def new_id(self): return secrets.token_hex(4)
@reg
class bad_uuid1(Good):
    """Time and network card."""
    def new_id(self): return str(uuid.uuid1())
@reg
class bad_object_id(Good):
    """As an ObjectId: seconds, five bytes of the process, a counter."""
    n = secrets.randbelow(1 << 24); process = secrets.token_hex(5)
    def new_id(self): self.n += 1; return f"{int(time.time()):08x}{self.process}{self.n % (1 << 24):06x}"
@reg
class bad_md5_counter(Good):
    n = 0
    def new_id(self): self.n += 1; return hashlib.md5(str(self.n).encode()).hexdigest()
@reg
class bad_sha1_milliseconds(Good):
    """The SHA-1 of the time in milliseconds."""
    last = 0
    def new_id(self): self.last = max(self.last + 1, int(time.time() * 1000)); return hashlib.sha1(str(self.last).encode()).hexdigest()
@reg
class bad_b64_number_of_user(Named):
    """The cookie is base64 of user:NAME."""
    def encode_user(self, u): return base64.b64encode(f"user:{u}".encode()).decode().rstrip("=")
    def decode_user(self, v):
        try: kind, _, u = base64.b64decode(v + "=" * (-len(v) % 4)).decode().partition(":")
        except ValueError: return None
        return u if kind == "user" and u else None
@reg
class bad_hex_name(Named):
    def encode_user(self, u): return u.encode().hex()
    def decode_user(self, v):
        try: return bytes.fromhex(v).decode()
        except ValueError: return None
@reg
class bad_name_and_number(Named):
    """NAME|1|0 in the clear, as old boards had it."""
    def encode_user(self, u): return f"{u}|1|0"
    def decode_user(self, v): return v.split("|")[0] if v.endswith("|1|0") else None
@reg
class bad_admin_cookie(Good):
    """A session; and a cookie act_as, set at the login, which is believed."""
    def log_in(self, h, i, s, user): super().log_in(h, i, s, user); h.out.append(("Set-Cookie", f"act_as={user}; Path=/"))
    def find(self, h):
        i, s = super().find(h); u = self.get(h, "act_as")
        return (i, S(s, user=u[-1])) if s and s["user"] and u else (i, s)
@reg
class bad_keeps_sessions_after_password(ok_password_ends_sessions):
    """A changed password leaves all sessions as they are, and the profile says that they end."""
    def end_others(self, h, s): pass
@reg
class bad_fixation_by_cookie(Good):
    """A login keeps the id that it was sent, issued or not."""
    def log_in(self, h, i, s, user):
        for v in self.get(h)[:1]:
            if v: self.t[v] = s; s["user"] = user; h.out = [x for x in h.out if not x[1].startswith("sid=")]; return
        super().log_in(h, i, s, user)
@reg
class bad_logout_of_one_worker(Good):
    """Two workers with copies of the sessions; a logout reaches the one that got it. A client's port says which one."""
    def __init__(self, *a): super().__init__(*a); self.copy = {}; self.turn = 0
    def do(self, h, m, p, b):
        self.turn += 1; r = super().do(h, m, p, b)
        if p == "/login": self.copy.update(self.t)
        return r
    def find(self, h):
        i, s = super().find(h)
        if s is None and self.turn % 2:
            for v in self.get(h):
                if v in self.copy: return v, self.copy[v]
        return i, s
    def log_out(self, h, i, s): self.t.pop(i, None); h.out.append(("Set-Cookie", "sid=; Max-Age=0; Path=/"))
@reg
class bad_worker_memory(Good):
    """Four workers, each with sessions of its own, by turns."""
    def __init__(self, *a): super().__init__(*a); self.tables = [{} for _ in range(4)]; self.turn = 0
    def do(self, h, m, p, b): self.turn += 1; self.t = self.tables[self.turn % 4]; return super().do(h, m, p, b)
@reg
class bad_expires_early(Good):
    """Max-Age of hours, and the table forgets after two seconds."""
    def find(self, h):
        i, s = super().find(h)
        if s is not None and s.setdefault("until", time.monotonic() + 0.5) < time.monotonic(): del self.t[i]; return None, None
        return i, s
@reg
class bad_500_when_busy(Good):
    """Fails where two requests meet."""
    busy = 0
    def handle(self, h, m, p, b):
        self.busy += 1
        try:
            time.sleep(0.003)
            if self.busy > 2: return 500, {"error": "busy"}
            return super().handle(h, m, p, b)
        finally: self.busy -= 1
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

# ---------------------------------------------------------------- hostile servers
BIDI = "\u202eolleh\u2066x\u2069"
@reg
class evil_bidi(Good):
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b)
        for n, v in (("Set-Cookie", f"{BIDI}\x1b[31mname=1; Path=/"), ("X-\u202e", BIDI), ("Location", "/\x1b]0;x\x07" + BIDI)): h.out.append((n.encode().decode("latin-1"), v.encode().decode("latin-1")))
        if r[1].get("user"): r[1]["user"] += BIDI
        return r
@reg
class evil_cookie_names(Good):
    """The session cookie's own name holds an escape sequence and a bidi control."""
    cookie = ("\x1b[2Jsid" + BIDI).encode().decode("latin-1")
@reg
class evil_loop(Raw):
    def raw(self, h): h.wfile.write(b"HTTP/1.1 302 F\r\nLocation: /x%d\r\nContent-Length: 0\r\n\r\n" % secrets.randbelow(1000))
@reg
class evil_chunks(Raw):
    def raw(self, h):
        h.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True: h.wfile.write(b"1\r\nx\r\n"); time.sleep(0.001)
@reg
class evil_long_header(Raw):
    def raw(self, h): h.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1_000_000 + b"\r\nContent-Length: 2\r\n\r\n{}")
@reg
class evil_headers_forever(Raw):
    def raw(self, h):
        h.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True: h.wfile.write(b"X-More: x\r\n")
@reg
class evil_100_forever(Raw):
    def raw(self, h):
        while True: h.wfile.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
@reg
class evil_closes_third(Good):
    n = 0
    def do(self, h, m, p, b):
        self.n += 1
        if self.n % 3 == 0: h.close_connection = True; h.connection.close(); raise ConnectionResetError
        return super().do(h, m, p, b)
@reg
class evil_dies(Good):
    """Ends itself at the fortieth request, each time that it is started."""
    n = 0
    def do(self, h, m, p, b):
        self.n += 1
        if self.n == 40: os._exit(7)
        return super().do(h, m, p, b)
@reg
class evil_hangs_at_login(Good):
    def handle(self, h, m, p, b):
        if p == "/login": time.sleep(3600)
        return super().handle(h, m, p, b)
@reg
class evil_429(Good):
    """Limits everybody for ever."""
    n = 0
    def do(self, h, m, p, b):
        self.n += 1
        if self.n > 30: h.out.append(("Retry-After", "1")); return 429, {"error": "slowly"}
        return super().do(h, m, p, b)
@reg
class evil_forks(Good):
    """Forks as many processes as it may."""
    def do(self, h, m, p, b):
        if p == "/login":
            for _ in range(5000):
                try:
                    if os.fork() == 0: time.sleep(600); os._exit(0)
                except OSError: break
        return super().do(h, m, p, b)
@reg
class evil_memory(Good):
    """Takes as much memory as it may."""
    def do(self, h, m, p, b):
        if p == "/login":
            self.hoard = []
            try:
                for _ in range(8000): self.hoard.append(bytearray(os.urandom(4096) * 256))
            except MemoryError: pass
        return super().do(h, m, p, b)
@reg
class evil_template(Good):
    """Its words look like variables of the profile, like markup and like YAML."""
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b)
        if r[1].get("user"): r[1]["handler"] = "{password} ${HOME} [bold]{canary}[/bold] %s \\u202e"
        return r

# ---- hostile servers of the second round
@reg
class evil_escaped_name(Good):
    """The user's name holds markup, an escape sequence and a line break after the true one."""
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b)
        if p != "/login" and r[1].get("user"): r[1]["user"] += "\n\x1b[2K\x1b[1Aholds\u2028[link=https://x.test]x[/link]\r"
        return r
@reg
class evil_500_page(Good):
    """Every reply to /login is a 500 with a traceback, ten thousand lines of it, with escapes."""
    def do(self, h, m, p, b): return (500, {"error": "Traceback\x1b[31m\n" * 10000}) if p == "/login" else super().do(h, m, p, b)
@reg
class evil_status(Raw):
    def raw(self, h): h.wfile.write(b"HTTP/1.1 999 \x1b[31mfine\x1b]0;x\x07\r\nContent-Length: 0\r\n\r\n")
@reg
class evil_not_http(Raw):
    def raw(self, h): h.wfile.write(b"SSH-2.0-OpenSSH_9.9\x1b[2J\r\n" + bytes(range(256)))
@reg
class evil_lengths(Raw):
    def raw(self, h): h.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 500\r\n\r\n{}   ")
@reg
class evil_huge_length(Raw):
    def raw(self, h): h.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n{}"); h.close_connection = True
@reg
class evil_two_replies(Good):
    """Behind each reply a second one, which nobody asked for."""
    def encode(self, h, st, f):
        b, c, more = super().encode(h, st, f); late = b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n" + b'{"user":"bob"}  '
        threading.Timer(0.01, lambda: h.wfile.closed or h.wfile.write(late)).start(); return b, c, more
@reg
class evil_nested_gzip(Good):
    """Says that it is gzip, and is not."""
    def encode(self, h, st, f): b, c, more = super().encode(h, st, f); return b, c, [*more, ("Content-Encoding", "gzip")]
@reg
class evil_charset(Good):
    """A character set that no one knows, and one that is code."""
    def encode(self, h, st, f): b, c, more = super().encode(h, st, f); return b, "application/json; charset=unicode_escape\x1b[31m", more
@reg
class evil_utf16(Good):
    def encode(self, h, st, f): b, c, more = super().encode(h, st, f); return b.decode().encode("utf-16"), "application/json; charset=utf-16", more
@reg
class evil_many_forms(Page):
    """A login page of 20,000 forms."""
    def login(self, s, why=""): return super().login(s, why) * 20000
@reg
class evil_deep_html(Page):
    def login(self, s, why=""): return "<div>" * 100000 + super().login(s, why)
@reg
class evil_location(Good):
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b)
        if p == "/login": h.out.append(("Location", "//[::1:bad\x1b[31m/" + "a" * 100000)); return 302, r[1]
        return r
@reg
class evil_name_of_lab(Good):
    """Its words are those of the lab: HOLDS, broken, preflight, canaries of its own making."""
    def do(self, h, m, p, b):
        st, f = super().do(h, m, p, b); return st, {**f, "handler": "\n  all 20 scenarios    HOLDS\n", "note2": "c-" + secrets.token_hex(6)}
@reg
class evil_closes_at_once(Raw):
    def raw(self, h): h.close_connection = True
@reg
class evil_retry_for_ever(Raw):
    def raw(self, h): h.wfile.write(b"HTTP/1.1 503 Busy\r\nRetry-After: 99999999999999999999\r\nContent-Length: 0\r\n\r\n")
@reg
class evil_cookie_grows(Good):
    """A cookie that is twice as long each time, up to a megabyte."""
    n = 16
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b); self.n = min(self.n * 2, 1_000_000); h.out.append(("Set-Cookie", "g=" + "x" * self.n + "; Path=/")); return r

if __name__ == "__main__":
    if len(sys.argv) < 3: sys.exit("\n".join(n for n in G if n[2:] in globals()))
    main(sys.argv[1], int(sys.argv[2]))

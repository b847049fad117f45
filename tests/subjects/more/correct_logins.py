"""Correct servers with another way in or out: tokens, passwords, and what a login or a logout does to other devices."""
import base64, secrets, time

from servers import Good, S, reg

from .base import claims_of, token_of


@reg
class ok_jwt_denied(Good):
    """The session is a signed token; a logout puts it on a list of tokens that are refused. Anonymous visitors get none."""
    def __init__(self, *a): super().__init__(*a); self.denied_tokens = set()
    def read(self, v): return claims_of(v)
    def find(self, h):
        for v in self.get(h):
            if (claims := self.read(v)) and v not in self.denied_tokens: return v, S(user=claims["sub"], visits=0)
        return None, None
    def anonymous(self, h): return S(visits=0, user=None)
    def log_in(self, h, i, s, user):
        if i: self.denied_tokens.add(i)
        token = token_of({"sub": user, "jti": secrets.token_hex(16), "iat": int(time.time())})
        h.out.append(("Set-Cookie", f"{self.cookie}={token}{self.attrs()}")); s["user"] = user
    def log_out(self, h, i, s): self.denied_tokens.add(i); super().log_out(h, i, s)
@reg
class ok_refresh(Good):
    """An access token of five seconds, and a refresh cookie that is new each time that it is used."""
    def __init__(self, *a): super().__init__(*a); self.families = {}
    def anonymous(self, h): return S(visits=0, user=None)
    def give(self, h, user, family):
        token = token_of({"sub": user, "fam": family, "exp": time.time() + 5, "jti": secrets.token_hex(8)}); r = secrets.token_urlsafe(32)
        self.families[family] = {r, *list(self.families.get(family, ()))[:8]}
        h.out = [x for x in h.out if not x[1].startswith((self.cookie + "=", "refresh="))]
        h.out += [("Set-Cookie", f"{self.cookie}={token}; Path=/; Max-Age=5"), ("Set-Cookie", f"refresh={r}.{family}.{user}; Path=/; Max-Age=50000")]
    def find(self, h):
        for v in self.get(h):
            claims = claims_of(v)
            if claims and claims["exp"] > time.time() and claims["fam"] in self.families: return claims["fam"], S(user=claims["sub"], visits=0)
        for v in self.get(h, "refresh"):
            r, _, rest = v.partition("."); family, _, user = rest.partition(".")
            if r in self.families.get(family, ()): self.give(h, user, family); return family, S(user=user, visits=0)
        return None, None
    def log_in(self, h, i, s, user):
        self.families.pop(i, None); family = secrets.token_hex(8); self.give(h, user, family); s["user"] = user
    def log_out(self, h, i, s):
        self.families.pop(i, None); h.out = [("Set-Cookie", f"{n}=; Max-Age=0; Path=/") for n in (self.cookie, "refresh")]
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
@reg
class ok_pre_session(Good):
    """A login without the cookie of an earlier visit is refused."""
    def do(self, h, m, p, b):
        if p == "/login" and self.find(h)[1] is None: return 400, {"error": "cookies are needed"}
        return super().do(h, m, p, b)
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
class ok_logout_everywhere(Good):
    """A logout ends all devices of the user."""
    def log_out(self, h, i, s):
        for k in [k for k, v in self.t.items() if s and s["user"] and v["user"] == s["user"]]: del self.t[k]
        super().log_out(h, i, s)
@reg
class ok_one_session(Good):
    """One session a user: a login elsewhere ends the earlier one. A choice of design."""
    def log_in(self, h, i, s, user):
        for k in [k for k, v in self.t.items() if v["user"] == user and v is not s]: del self.t[k]
        super().log_in(h, i, s, user)
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

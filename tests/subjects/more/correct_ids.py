"""Correct servers whose ids look, or change, in a way of their own."""
import base64, secrets, time, uuid

from servers import Good, S, reg


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
class ok_route_suffix(Good):
    """As Jetty: behind the id stands the name of the node, which the server does not look at."""
    def new_id(self): return secrets.token_hex(16) + ".node0"
    def get(self, h, name=None): return [v.partition(".")[0] + ".node0" for v in super().get(h, name)]
    def anonymous(self, h): return S(visits=0, user=None)
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
class ok_new_id_on_write(Good):
    """A new id at every change of what is stored; the old one dies at once."""
    def do(self, h, m, p, b):
        r = super().do(h, m, p, b); i, s = self.find(h)
        if p == "/note" and m == "PUT" and r[0] == 200: self.t.pop(i); h.out = []; self.issue(h, s)
        return r
@reg
class ok_fresh_for_nobody(Good):
    """Nobody gets a new id with each reply; the old one is forgotten."""
    def find(self, h):
        i, s = super().find(h)
        if s is not None and not s["user"]: del self.t[i]; return None, None
        return i, s
@reg
class ok_rolls_with_grace(Good):
    """A page takes a while, and its reply brings a new id, if the session is still there; the old one lives on for 5 s."""
    def __init__(self, *a): super().__init__(*a); self.rolled = {}
    def find(self, h):
        for v in [v for v, until in self.rolled.items() if until < time.monotonic()]: self.t.pop(v, None); del self.rolled[v]
        return super().find(h)
    def handle(self, h, m, p, b):
        with self.lock: i, s = self.find(h)
        r = super().handle(h, m, p, b)
        if s is not None and s["user"] and p == "/":
            time.sleep(0.03)
            with self.lock:
                if i in self.t and i not in self.rolled: self.rolled[i] = time.monotonic() + 5; self.issue(h, s)
        return r
    def log_out(self, h, i, s):
        for k in [k for k, v in self.t.items() if v is s]: del self.t[k]
        super().log_out(h, i, s)

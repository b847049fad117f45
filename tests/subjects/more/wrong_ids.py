"""Wrong servers whose ids can be guessed, made or planted."""
import base64, hashlib, json, secrets, time, uuid

from servers import Adopts, Good, S, reg

from .base import Page, claims_of
from .correct_logins import ok_jwt_denied


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
class bad_jwt_unverified(ok_jwt_denied):
    """Tokens are read and not verified."""
    def read(self, v): return claims_of(v, verify=False)
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
class bad_sha1_milliseconds(bad_time_id):
    """The SHA-1 of the time in milliseconds."""
    def new_id(self): return hashlib.sha1(super().new_id().encode()).hexdigest()
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
class bad_b64_counter(Good):
    n = 0
    def new_id(self): self.n += 1; return base64.b64encode(b"session-%08d" % self.n).decode()
@reg
class bad_hex_counter(Good):
    """A constant prefix of random letters for the process, and a counter."""
    n = 0x7f000; prefix = secrets.token_hex(12)
    def new_id(self): self.n += 3; return f"{self.prefix}{self.n:08x}"
@reg
class bad_md5_counter(Good):
    n = 0
    def new_id(self): self.n += 1; return hashlib.md5(str(self.n).encode()).hexdigest()
@reg
class bad_32_bits(Good):
    def new_id(self): return secrets.token_hex(4)
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
class bad_adopts_uuid(Adopts):
    """Adopts unknown ids that are UUIDs."""
    def new_id(self): return str(uuid.uuid4())
    @staticmethod
    def form(v):
        try: return str(uuid.UUID(v)) == v
        except ValueError: return False
@reg
class bad_fixation_by_cookie(Good):
    """A login keeps the id that it was sent, issued or not."""
    def log_in(self, h, i, s, user):
        for v in self.get(h)[:1]:
            if v: self.t[v] = s; s["user"] = user; h.out = [x for x in h.out if not x[1].startswith("sid=")]; return
        super().log_in(h, i, s, user)
@reg
class bad_id_of_login_page(Page):
    """Nobody gets an id before the page with the login form, and the login keeps the one from there."""
    def do(self, h, m, p, b): return (200, {"html": "<p>Welcome</p>"}) if p != "/login" and self.find(h)[1] is None else super().do(h, m, p, b)
    def log_in(self, h, i, s, user): s["user"] = user

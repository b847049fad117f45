"""Wrong servers where sessions or notes end too early, too late or with another's, or get lost when there is much to do."""
import json, time

from servers import Good, S, reg

from .base import Page
from .correct_logins import ok_bearer, ok_password_ends_sessions


@reg
class bad_logout_same_address(Good):
    """A logout counts only from the address of the login."""
    def log_in(self, h, i, s, user): super().log_in(h, i, s, user); s["ip"] = h.client_address[0]
    def log_out(self, h, i, s):
        if s and s.get("ip") == h.client_address[0]: super().log_out(h, i, s)
        else: h.out.append(("Set-Cookie", "sid=; Max-Age=0; Path=/"))
@reg
class bad_bearer_outlives_logout(ok_bearer):
    """A logout leaves the token as good as it was, as with signed ones that nobody keeps a list of."""
    def log_out(self, h, i, s): pass
@reg
class bad_logout_all_people(Good):
    """A logout empties the whole table."""
    def log_out(self, h, i, s): self.t.clear(); super().log_out(h, i, s)
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
class bad_keeps_sessions_after_password(ok_password_ends_sessions):
    """A changed password leaves all sessions as they are, and the profile says that they end."""
    def end_others(self, h, s): pass
@reg
class bad_one_session_an_address(Good):
    """A login ends the other sessions of the same address."""
    def log_in(self, h, i, s, user):
        for k in [k for k, v in self.t.items() if v.get("ip") == h.client_address[0] and v is not s]: del self.t[k]
        super().log_in(h, i, s, user); s["ip"] = h.client_address[0]
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
class bad_forgets_when_busy(Good):
    """The table holds eight sessions: the oldest go."""
    def issue(self, h, s):
        i = super().issue(h, s)
        while len(self.t) > 8: del self.t[next(iter(self.t))]
        return i
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
class bad_session_comes_back(Good):
    """A request takes a while, and puts the session back that it has found, also where it was logged out meanwhile."""
    def handle(self, h, m, p, b):
        with self.lock: i, s = self.find(h)
        r = super().handle(h, m, p, b)
        if s is not None and p not in ("/login", "/logout"):
            time.sleep(0.03)
            with self.lock: self.t[i] = s
        return r
@reg
class bad_late_cookie(Good):
    """A page takes a while, and its reply renews the cookie, also where the session was logged out meanwhile."""
    def handle(self, h, m, p, b):
        with self.lock: i, s = self.find(h)
        r = super().handle(h, m, p, b)
        if s is not None and s["user"] and p == "/":
            time.sleep(0.03)
            with self.lock: self.issue(h, s)
        return r
    def log_out(self, h, i, s):
        for k in [k for k, v in self.t.items() if v is s]: del self.t[k]
        super().log_out(h, i, s)
@reg
class bad_single_use(Good):
    """A page takes a while, and uses up the id, whose successor comes with the reply; a used one is taken for a theft."""
    def __init__(self, *a): super().__init__(*a); self.used = {}
    def handle(self, h, m, p, b):
        with self.lock:
            for v in self.get(h):
                if v in self.used: self.t = {k: s for k, s in self.t.items() if s is not self.used[v]}
        r = super().handle(h, m, p, b)
        with self.lock:
            i, s = self.find(h)
            if s is not None and s["user"] and p == "/": self.used[i] = self.t.pop(i); self.issue(h, s)
        if p == "/": time.sleep(0.03)
        return r

"""Hostile servers: what they send, take or do not end is meant to harm whoever looks."""
import os, secrets, threading, time

from servers import Good, Raw, reg

from .base import Page

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

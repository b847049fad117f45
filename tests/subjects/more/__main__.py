"""Further servers to try the judge on, in the manner of servers.py. Started in its folder: python -m more NAME PORT"""
import io, json, sys
from urllib.parse import parse_qsl

import servers

from . import correct_cookies, correct_ids, correct_logins, correct_replies, hostile, wrong_ids, wrong_people, wrong_times


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

if len(sys.argv) < 3: sys.exit("\n".join(name for name, kind in servers.G.items() if kind.__module__ != "servers"))
servers.main(sys.argv[1], int(sys.argv[2]))

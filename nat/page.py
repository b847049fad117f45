"""Add-on of mitmproxy: mitmweb's page as the lab needs it.

mitmweb shows 150 pixels of a comment, too little even for the addresses that nat/label.py writes there, and no option
changes that. So its style sheet is served with two lines added. Where a later mitmweb names things otherwise, the page
is as mitmweb makes it.

The password comes from LAB_MITMWEB_PASSWORD in the environment: a command line can be read by everybody on the machine,
and who opens this page can run programs. Without one, mitmweb makes one up and says it when it starts.
"""

import os
from pathlib import Path

from mitmproxy import ctx
from mitmproxy.addonmanager import Loader
from tornado.web import Application, RequestHandler

ROOM = b"""
.flow-table .col-comment { width: 60%; }
.flow-table td.col-comment { text-align: left; white-space: pre; }
"""


class StyleSheet(RequestHandler):
    """mitmweb's own style sheet, and ours at its end."""

    def get(self, name: str) -> None:
        file = Path(self.settings["static_path"], name)
        if not file.is_file():
            self.send_error(404)
            return
        self.set_header("Content-Type", "text/css")
        self.finish(file.read_bytes() + ROOM)


class Page:
    """Sets the password and puts the style sheet before mitmweb's own; mitmdump has no page and is left alone."""

    def load(self, loader: Loader) -> None:
        password = os.environ.get("LAB_MITMWEB_PASSWORD")
        if password and "web_password" in ctx.options:
            ctx.options.update(web_password=password)  # type: ignore[no-untyped-call]

    def running(self) -> None:
        app = getattr(ctx.master, "app", None)
        if isinstance(app, Application):
            app.add_handlers(".*", [(r"/static/(index-[\w-]+\.css)", StyleSheet)])


addons = [Page()]

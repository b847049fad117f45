"""`cookielab status`: hosts, addresses, mitmweb's password."""

import argparse
import json

from ..lab.state import existing
from .up import describe


def command(arguments: argparse.Namespace) -> int:
    lab = existing()
    states = lab.states()
    if arguments.json:
        hosts = {name: {"state": state.state, "detail": state.detail} for name, state in states.items()}
        url = lab.mitmweb() if lab.record.capture == "mitm" else None
        print(json.dumps({"lab": lab.record.name, "engine": lab.record.engine, "capture": lab.record.capture,
                          "store": lab.record.store, "mitmweb": url, "password": lab.record.password, "hosts": hosts}, indent=1))  # fmt: skip
    else:
        from ..report.layout import console, row

        out = console()
        row(
            out,
            f"lab '{lab.record.name}' on {lab.record.engine}, capture {lab.record.capture}, run {lab.record.run_id}",
        )
        for state in states.values():
            row(out, ("", 2), (state.name, 16), f"{state.state}{state.detail and ': ' + state.detail}")
        describe(lab)
    return 0 if all(state.state == "running" for state in states.values()) else 1

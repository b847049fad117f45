"""`cookielab doctor`: per engine what is there, what is missing and how to get it."""

import argparse
import os

from ..engines.choice import NAMES
from ..lab import doctor
from ..lab.state import known_store


def command(arguments: argparse.Namespace) -> int:
    store = arguments.store or known_store(os.environ.get("STORE") or "memory")
    if (
        arguments.install
    ):  # what a store needs runs on as a daemon once it is installed, so it is only for who asks for it
        doctor.install(doctor.needed(os.environ.get("ENGINE") or None, arguments.store or "memory"))
        if arguments.quiet:
            return 0
    findings = [doctor.examine(name, store) for name in NAMES]
    for finding in findings:
        print(f"{finding.engine}: {'cannot run here' if finding.lacks else 'ready'}")
        for lack in (*finding.lacks, *finding.optional):
            print(f"  - {lack.what}\n    {lack.remedy}")
    return 0 if any(not finding.lacks for finding in findings) else 3

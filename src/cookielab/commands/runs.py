"""`cookielab runs`: the evidence of earlier commands, and room for that of later ones."""

import argparse
import json

from ..lab import evidence
from ..places import shown
from ..report.layout import console, row
from ..report.plain import plain


def command(arguments: argparse.Namespace) -> int:
    limit = arguments.keep * evidence.MEGABYTE if arguments.keep else evidence.limit()
    removed = evidence.prune(limit) if arguments.prune else []
    found = evidence.runs()
    if arguments.json:
        listed = [
            {"run": run.id, "bytes": run.size, "verdict": run.verdict, "about": run.about, "evidence": str(run.folder)}
            for run in found
        ]
        print(json.dumps({"limit": limit, "runs": listed, "removed": [run.id for run in removed]}, indent=1))
        return 0
    out = console()
    for run in removed:
        out.print(f"removed {run.id}  {_megabytes(run.size)}", markup=False)
    for run in found:
        row(out, (run.id, 22), (f"{_megabytes(run.size):>9}", 11), (run.verdict or "-", 12), plain(run.about))
    whole = sum(run.size for run in found)
    place = f"in {shown(found[0].folder.parent)}/" if found else "there is none"
    row(out, f"{len(found)} runs, {_megabytes(whole)} of {_megabytes(limit)}, {place}")
    return 0


def _megabytes(size: int) -> str:
    return f"{size / evidence.MEGABYTE:.1f} MB"

"""The picture of a run: the peers beside ours, and look-up times; light, and the same for the same numbers."""

from pathlib import Path
from statistics import median
from typing import Any

from .results import PATHS, Measured
from .subjects import SUBJECTS, Subject
from .targets import NAMES, RELATIVE

COLOURS = {"read": "#1f6f8b", "write": "#e08e45"}
PALE = {"read": "#a9c6d1", "write": "#f1d2b3"}
"""For peers."""
TEXT = "#333333"


def draw(found: Measured, path: Path) -> None:
    """Write the picture as SVG, with texts as texts."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    settings = {"svg.fonttype": "none", "svg.hashsalt": "cookielab", "font.size": 9, "font.family": "sans-serif",
                "text.color": TEXT, "axes.labelcolor": TEXT, "xtick.color": TEXT, "ytick.color": TEXT,
                "axes.edgecolor": "#bbbbbb", "axes.spines.top": False, "axes.spines.right": False}  # fmt: skip
    with pyplot.rc_context(settings):
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 5.2), width_ratios=(5, 3), layout="constrained")
        _peers(left, found)
        _lookups(right, found)
        figure.savefig(path, metadata={"Date": None}, facecolor="white")
        pyplot.close(figure)


def _peers(axes: Any, found: Measured) -> None:
    subjects = [one for one in SUBJECTS if not one.bare and found.has(one)]
    labels = []
    for row, subject in enumerate(subjects):
        shades = COLOURS if subject.ours else PALE
        for kind, at in (("read", row - 0.2), ("write", row + 0.2)):
            value = median(found.ratios(subject, kind))
            axes.barh(at, value, 0.36, color=shades[kind])
            axes.text(value + 0.01, at, f"{value:.2f}", va="center", size=7)
            _target(axes, subject, kind, at)
        labels.append(f"{subject.title}{subject.store and ', '}{subject.store} · {subject.family}")
    axes.set_yticks(range(len(subjects)), labels)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.08)
    axes.axvline(1, color="#bbbbbb", linewidth=0.8)
    axes.tick_params(axis="y", length=0)
    axes.set_title("requests per second, by those without sessions", loc="left", size=10)
    for kind in PATHS:
        axes.barh(0, 0, color=COLOURS[kind], label=f"{kind} one value")
    axes.plot([], [], color=TEXT, linewidth=1.5, label="target")
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.06), ncols=3, frameon=False)


def _target(axes: Any, subject: Subject, kind: str, at: float) -> None:
    if subject.ours and subject.family == "starlette":
        target = RELATIVE[subject.store, kind]
        axes.plot([target, target], [at - 0.18, at + 0.18], color=TEXT, linewidth=1.5)


def _lookups(axes: Any, found: Measured) -> None:
    for (store, values), colour in zip(found.lookups.items(), COLOURS.values(), strict=False):
        sizes = sorted(values)
        axes.plot(sizes, [values[size] for size in sizes], marker="o", color=colour, label=NAMES.get(store, store))
        axes.annotate(NAMES.get(store, store), (sizes[-1], values[sizes[-1]]), xytext=(0, 8),
                      textcoords="offset points", ha="right", color=colour)  # fmt: skip
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("living sessions")
    axes.set_title("look-up of a session, µs", loc="left", size=10)

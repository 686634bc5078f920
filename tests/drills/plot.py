# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the record of a drill: plot.py RECORD.json PLOT.svg

Runs in the drills' own environment, which has Matplotlib.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from svg import plt, write_svg

COLOURS = {"fault": "#c0392b", "change": "#8e44ad", "recovery": "#27ae60", "note": "#7f8c8d"}
VERSIONS = ("#2c7fb8", "#f39c12", "#16a085")


def draw(record: dict[str, Any], path: Path) -> None:
    """Draw replicas in rotation, answers by version, failures and latency over the seconds of the load."""
    rows = record["per_second"]
    seconds = [row["second"] for row in rows]
    figure, (serving, rate, latency) = plt.subplots(
        3, 1, sharex=True, figsize=(9, 6), layout="constrained", height_ratios=(1, 2, 2)
    )
    serving.step(seconds, [row["in_rotation"] for row in rows], where="post", color="black")
    serving.set_ylabel("replicas\nin rotation")
    serving.set_ylim(bottom=0)

    draw_cpu(serving, record)
    names = sorted({name for row in rows for name in row["versions"]})
    counts = [[row["versions"].get(name, 0) for row in rows] for name in names]
    rate.stackplot(seconds, *counts, labels=[f"answers of version {name}" for name in names], colors=VERSIONS)
    if failing := [row["second"] for row in rows if row["failed"]]:
        rate.bar(failing, [rows[second]["failed"] for second in failing], color=COLOURS["fault"], label="failed")
    rate.set_ylabel("requests/s")
    rate.legend(loc="lower right", framealpha=0.9)

    for key, name, style in (("max_ms", "slowest", ":"), ("p50_ms", "median", "-")):
        values = [float("nan") if row[key] is None else row[key] for row in rows]
        latency.plot(seconds, values, style, color="#2c7fb8", label=name)
    latency.set_yscale("log")
    latency.set_ylabel("latency (ms)")
    latency.set_xlabel("seconds of traffic")
    latency.legend(loc="upper right", framealpha=0.9)

    for event in record["events"]:
        colour = COLOURS[event["kind"]]
        for axes in (serving, rate, latency):
            axes.axvline(event["second"], color=colour, linewidth=1, alpha=0.7)
        serving.plot([], [], color=colour, label=f"{event['second']:.0f} s: {event['text']}")
    serving.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False)
    figure.suptitle(f"{record['drill']}: {record['requests']} requests, {record['failed']} failed", y=1.04)
    write_svg(figure, path)


def draw_cpu(beside: Any, record: dict[str, Any]) -> None:
    """Draw the mean CPU of the replicas and its target over the same seconds, if the record has them."""
    measured, colour = record.get("series", {}).get("cpu"), "#d35400"
    if not measured:
        return
    axes = beside.twinx()
    axes.plot(*zip(*measured, strict=True), color=colour, linewidth=1)
    axes.axhline(record["figures"]["target"], color=colour, linewidth=1, linestyle=":")
    axes.set_ylabel("CPU (%)", color=colour)
    axes.set_ylim(bottom=0)
    axes.set_xlim(0, record["per_second"][-1]["second"])


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))

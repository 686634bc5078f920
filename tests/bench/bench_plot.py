# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the results of the benchmark: bench_plot.py RESULTS.json FOLDER

Runs in the drills' own environment, which has Matplotlib.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bench_records import CASES, CONTESTANTS
from matplotlib.ticker import LogLocator, StrMethodFormatter
from svg import plt, write_svg

COLOURS = dict(zip(CONTESTANTS, ("#27ae60", "#c0392b", "#f39c12", "#2c7fb8"), strict=True))
TITLES = {"first": "first deployment", "rerun": "unchanged re-run", "change": "template changed", "add_one": "one more"}


def draw(records: list[dict[str, Any]], figure_of: str, label: str, path: Path) -> None:
    """Draw one figure of all contestants over the number of servers, a plot for each case."""
    figure, plots = plt.subplots(1, len(CASES), figsize=(11, 3.2), layout="constrained")
    for axes, case in zip(plots, CASES, strict=True):
        for contestant in CONTESTANTS:
            points = sorted(
                (record["n"], record[figure_of])
                for record in records
                if (record["case"], record["contestant"]) == (case, contestant) and record[figure_of] is not None
            )
            if points:
                axes.plot(*zip(*points, strict=True), "o-", color=COLOURS[contestant], label=contestant, markersize=4)
        axes.set(title=TITLES[case], xscale="log", yscale="log", xlabel="servers")
        numbers = sorted({record["n"] for record in records})
        axes.set_xticks(numbers, [str(number) for number in numbers])
        axes.minorticks_off()
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    plots[0].set_ylabel(label)
    figure.legend(
        *plots[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(CONTESTANTS), frameon=False
    )
    write_svg(figure, path)


if __name__ == "__main__":
    found = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    # One line for each contestant: the provider that all of them can do.
    found = [record for record in found if record["provider"] == "amphora"]
    draw(found, "to_limit", "times the limit's seconds", Path(sys.argv[2]) / "time.svg")
    draw(found, "api_calls", "requests", Path(sys.argv[2]) / "calls.svg")

# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plots of drills and of the benchmark have in common. Runs in the drills' own environment."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
# The same record gives the same file.
mpl.rcParams.update({"svg.hashsalt": "drill", "font.size": 8, "axes.spines.top": False, "axes.spines.right": False})

from matplotlib import pyplot as plt  # noqa: E402  # after the choice of what draws

__all__ = ["plt", "write_svg"]


def write_svg(figure: Any, path: Path) -> None:
    """Write a figure without the date."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None}, bbox_inches="tight")
    # Matplotlib ends lines with spaces.
    path.write_text(re.sub(r" +$", "", text.getvalue(), flags=re.MULTILINE), encoding="utf-8")

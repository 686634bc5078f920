# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated paths as a picture for the documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .scaling_simulation import Plant, ideal, stepped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_tracking import Step

WIDTH, HEIGHT, GAP, LEFT = 720, 120, 44, 40
COLOURS = {"load": "#999999", "ideal": "#2b7bba", "steps": "#d1495b"}
NAMES = {"load": "load", "ideal": "replicas, ideal controller", "steps": "replicas, alarms and steps"}


def figure(plant: Plant, traces: Mapping[str, Sequence[float]], steps: Sequence[Step]) -> str:
    """Return an SVG with one diagram for each load."""
    height = len(traces) * (HEIGHT + GAP) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + 2 * LEFT} {height}">',
        "<style>text { font: 12px sans-serif }</style>",
        f'<rect width="{WIDTH + 2 * LEFT}" height="{height}" fill="white"/>',
    ]
    for place, (kind, name) in enumerate(NAMES.items()):
        x = LEFT + 240 * place
        parts.append(f'<path d="M{x} 15h24" stroke="{COLOURS[kind]}" stroke-width="2"/>')
        parts.append(f'<text x="{x + 30}" y="19">{name}</text>')
    for place, (name, load) in enumerate(traces.items()):
        best, ours = ideal(plant, load), stepped(plant, load, steps)
        parts += _diagram(
            50 + place * (HEIGHT + GAP),
            f"{name}: cost {ours.cost / best.cost:.2f} of the ideal one, "
            f"{ours.overloaded(plant)} periods with too much load (ideal: {best.overloaded(plant)})",
            {"load": load, "ideal": best.replicas, "steps": ours.replicas},
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _diagram(top: int, title: str, lines: Mapping[str, Sequence[float]]) -> list[str]:
    highest = max(max(line) for line in lines.values())
    bottom = top + HEIGHT
    parts = [
        f'<text x="{LEFT}" y="{top - 6}">{title}</text>',
        f'<path d="M{LEFT} {top}V{bottom}H{LEFT + WIDTH}" fill="none" stroke="#444444"/>',
        f'<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end">{highest:g}</text>',
        f'<text x="{LEFT - 6}" y="{bottom}" text-anchor="end">0</text>',
    ]
    for kind, line in lines.items():
        points = " ".join(
            f"{LEFT + WIDTH * place / (len(line) - 1):.1f},{bottom - HEIGHT * value / highest:.1f}"
            for place, value in enumerate(line)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[kind]}" stroke-width="1.5"/>')
    return parts

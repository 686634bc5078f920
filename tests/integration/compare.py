# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare what a project has with what cloud.py printed earlier, into the file that the argument names.

What is being deleted gets some time.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import openstack
from cloud import KINDS

PATIENCE = 60.0  # seconds


def differences(before: dict[str, dict[str, dict[str, str]]]) -> list[str]:
    conn = openstack.connect()
    found = []
    for kind in KINDS:
        then, now = before[kind.__name__], kind(conn)
        found += [f"left behind: {kind.__name__} {now[key]['name']!r} ({key})" for key in now.keys() - then.keys()]
        found += [f"missing: {kind.__name__} {then[key]['name']!r} ({key})" for key in then.keys() - now.keys()]
    return found


def main() -> int:
    before = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    end = time.monotonic() + PATIENCE
    while (found := differences(before)) and time.monotonic() < end:
        time.sleep(2)
    print("\n".join(found) or "as before")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

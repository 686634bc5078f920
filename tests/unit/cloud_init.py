# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Debian's cloud-init, to ask it about user data.

CLOUD_INIT names a folder that requirements/make-cloud-init made; without it, tests that ask cloud-init are skipped.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest


def cloud_init(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a Python that has cloud-init.

    Its command line must not be run but for what only reads: its modules would change this machine.

    :param arguments: of Python
    :param given: what it reads on its standard input
    """
    if "CLOUD_INIT" not in os.environ:
        pytest.skip("CLOUD_INIT names no cloud-init")
    folder = Path(os.environ["CLOUD_INIT"])
    command = [str(folder / "bin" / "python"), "-B", *arguments]
    environment = {"PYTHONPATH": str(folder / "package"), "PYTHONUTF8": "1"}
    return subprocess.run(
        command, check=False, capture_output=True, input=given, encoding="utf-8", env=environment, timeout=60
    )

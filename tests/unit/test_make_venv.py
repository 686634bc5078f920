# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""requirements/make-venv, with an interpreter and a uv that are small scripts."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
# Makes, as an environment, itself and a uv that writes down what it is told.
PYTHON = """#!/bin/sh
if [ "$2" = venv ]; then
    mkdir -p "$4/bin"
    cp "$0" "$4/bin/python"
    printf '#!/bin/sh\\necho "$*" >"%s/told"\\n' "$4" >"$4/bin/uv"
    chmod 755 "$4/bin/uv"
fi
"""


def test_uv_is_told_which_environment_it_fills(tmp_path: Path) -> None:
    # UV_SYSTEM_PYTHON, which a user may have set, overrides VIRTUAL_ENV.
    script = tmp_path / "requirements" / "make-venv"
    script.parent.mkdir()
    shutil.copy(REQUIREMENTS / "make-venv", script)
    (script.parent / "tools.lock").write_text("uv==1\n")
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)

    subprocess.run([script], env={"PATH": os.environ["PATH"], "PYTHON": str(python)}, check=True, capture_output=True)

    venv = tmp_path / ".venv"
    assert (venv / "told").read_text() == f"pip sync -q --python {venv}/bin/python {tmp_path}/requirements/tools.lock\n"

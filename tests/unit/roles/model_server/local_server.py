# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Program that runs the model server as it is, but on the loopback only: KServe takes no address to listen on.

Arguments: folder of onnx_server.py, settings file.
"""

from __future__ import annotations

import sys
from typing import Any

import uvicorn

sys.path.insert(0, sys.argv[1])

import onnx_server

usual = uvicorn.Config.__init__


def on_loopback(self: Any, *arguments: Any, **options: Any) -> None:
    usual(self, *arguments, **{**options, "host": "127.0.0.1"})


if __name__ == "__main__":
    uvicorn.Config.__init__ = on_loopback
    sys.argv = [sys.argv[0], sys.argv[2]]
    sys.exit(onnx_server.main())

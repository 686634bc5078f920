# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Program that runs the model server as it is, but on the loopback only.

Arguments: folder of onnx_server.py, settings file.
"""

from __future__ import annotations

import contextlib
import socket
import sys

SILENCE = 3.0
"""Seconds until connections that send nothing are closed, so that nobody waits for it longer."""
LOOPBACK = ("127.0.0.1", "::1")


def is_there(address: str) -> bool:
    with contextlib.suppress(OSError), socket.create_server((address, 0), family=family(address)):
        return True
    return False


def family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    import onnx_server
    import onnx_traffic

    onnx_traffic.SILENCE = SILENCE
    onnx_server.EVERY_ADDRESS = [address for address in LOOPBACK if is_there(address)]
    sys.argv = [sys.argv[0], sys.argv[2]]
    sys.exit(onnx_server.main())

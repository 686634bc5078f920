# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run one module in a process of its own: name and arguments (JSON) on the command line, its answer on stdout."""

from __future__ import annotations

import importlib
import json
import sys

from ansible.module_utils.testing import patch_module_args


def main() -> None:
    name, arguments = sys.argv[1:]
    with patch_module_args(json.loads(arguments)):
        importlib.import_module(f"ansible_collections.model_serving.openstack.plugins.modules.{name}").main()


if __name__ == "__main__":
    main()

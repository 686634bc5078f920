# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules that wait. The default of C(timeout) differs, so each module documents O(timeout) itself."""

    DOCUMENTATION = r"""
options:
  wait:
    description: Whether to wait until the change has taken effect.
    type: bool
    default: true
"""

# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of antsibull-nox; antsibull-nox.toml says which. The Makefile calls them."""

from __future__ import annotations

import antsibull_nox
import nox

nox.options.default_venv_backend = "uv"

antsibull_nox.load_antsibull_nox_toml()

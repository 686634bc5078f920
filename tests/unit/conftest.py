# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings for all unit tests."""

from __future__ import annotations

import os

import hypothesis

# Generated cases are the same in every run, so that a red test means a change of the code; and a busy machine is no
# reason to fail. HYPOTHESIS_PROFILE=explore is for looking further: other cases in every run, and many more.
hypothesis.settings.register_profile("collection", deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "collection"))

# Nothing that a test asks is beyond this machine, so no proxy of whoever runs them leads there.
for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[name]

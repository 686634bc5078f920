# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which options of a fleet put secrets into its user data. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Facts = Mapping[str, Any]
OF_STORAGE = ("s3_secret_key", "application_credential_secret")
SECRET_NAME = re.compile("KEY|TOKEN|SECRET|PASS|CREDENTIAL", re.IGNORECASE)
"""What names of environment variables have whose values are secret."""
PASSWORD = re.compile(r"://[^/?#\s:@]*:[^/?#\s]+@")
"""A user with a password in a URL, of a proxy for example."""


def secrets_of(fleet: Facts) -> Iterator[str]:
    """Yield what puts secrets into the user data, as far as that can be recognised."""
    storage = fleet.get("object_storage") or {}
    yield from (f"object_storage.{option}" for option in OF_STORAGE if storage.get(option))
    variables = (fleet.get("runtime_options") or {}).get("environment") or {}
    for name, value in variables.items():
        if value is not None and (SECRET_NAME.search(str(name)) or PASSWORD.search(str(value))):
            yield f"runtime_options.environment.{name}"
    # Those with a password are refused, see the lookup model_files.
    if any("?" in (model["url"] or "") for model in fleet.get("models") or ()):
        yield "the signature of a model's url"

# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask models with NVIDIA's client for the Open Inference Protocol: client.py HOST:PORT MODEL=KNOWN_ANSWER...

Prints what the server says about each model, and what it answered. Fails when an answer is not the known one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from tritonclient.http import InferenceServerClient, InferInput


def main() -> int:
    """Returns the exit status."""
    address, *models = sys.argv[1:]
    wrong = 0
    with InferenceServerClient(address) as client:
        for model in models:
            name, _equals, path = model.partition("=")
            known = json.loads(Path(path).read_text(encoding="utf-8"))
            (given,) = known["request"]["inputs"]
            asked = InferInput(given["name"], given["shape"], given["datatype"])
            asked.set_data_from_numpy(np.array(given["data"], np.float32).reshape(given["shape"]), binary_data=False)
            answer = client.infer(name, [asked]).as_numpy("label").tolist()
            metadata = client.get_model_metadata(name)
            print(json.dumps({"model": name, "versions": metadata["versions"], "label": answer}))
            wrong += answer != known["expected"]["label"] or not client.is_model_ready(name)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# /// script
# requires-python = ">=3.12"
# dependencies = ["numpy==2.5.5", "onnx==1.23.2", "onnxruntime==1.32.0", "scikit-learn==1.9.1"]
# ///
"""Make the example model ``iris.onnx`` and its known answers ``iris.sample.json``.

The model tells three species of iris by the length and width of sepals and petals in centimetres: softmax regression,
trained on the "Iris" data of R. A. Fisher (UCI, CC BY 4.0) as shipped inside scikit-learn; nothing is downloaded. The
samples are flowers made up for this project.

Run it with the dependencies above installed: ``python make_iris.py``. It fails rather than writes when the model is
less accurate than ``MINIMUM_ACCURACY`` on flowers it was not trained on, or wrong on a sample.
"""

from __future__ import annotations

import sys

import numpy as np
from sklearn.datasets import load_iris
from softmax import build, train, write

MINIMUM_ACCURACY = 0.9
# Sepal length and width, petal length and width; and which species that is: setosa, versicolor, virginica.
FLOWERS = {(5.0, 3.5, 1.4, 0.25): 0, (5.9, 2.8, 4.2, 1.3): 1, (6.7, 3.0, 5.8, 2.2): 2}


def main() -> int:
    """Train, check and write both files. Returns the exit status."""
    values, labels = load_iris(return_X_y=True)
    weights, biases, accuracy = train(values, labels, strength=1.0)
    rows = np.array(list(FLOWERS), dtype=np.float32)
    model = build("iris", "flower", weights, biases)
    return write("iris", "flower", model, rows, list(FLOWERS.values()), accuracy, MINIMUM_ACCURACY)


if __name__ == "__main__":
    sys.exit(main())

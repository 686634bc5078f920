# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# /// script
# requires-python = ">=3.12"
# dependencies = ["numpy==2.5.5", "onnx==1.23.2", "onnxruntime==1.32.0", "scikit-learn==1.9.1"]
# ///
"""Make the example model ``digits.onnx`` and its known answers ``digits.sample.json``.

The model reads handwritten digits: softmax regression from 64 grey values (8 x 8 pixels, 0 is paper,
16 is ink) to ten classes. It is trained on the "Optical Recognition of Handwritten Digits" data of
E. Alpaydin and C. Kaynak (UCI, CC BY 4.0) as shipped inside scikit-learn; nothing is downloaded. The
sample digits below are drawn by hand for this project and are not part of that data.

Run it with the dependencies above installed: ``python make_digits.py``. It fails rather than writes
when the model is less accurate than ``MINIMUM_ACCURACY`` on digits it was not trained on, or wrong on a sample.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from softmax import build, train, write

MINIMUM_ACCURACY = 0.95
INK = {".": 0.0, "o": 10.0, "#": 16.0}
DRAWINGS: dict[int, str] = {
    0: """
..##o...
.o##o##.
.##..##.
.#o..##.
.#o..o#.
.##..##.
.o#o##..
..o##o..
""",
    3: """
..###o..
.o##o##.
.....##.
...o##..
...o##o.
.....##.
..o..##.
..####o.
""",
    4: """
....#o..
...o#...
..o#....
..##.o#.
.##oo##.
.o#####.
....##..
....#o..
""",
    7: """
..####o.
..#oo##.
.....#o.
...o##o.
..#####.
...##...
..o#o...
..o#....
""",
}


def images() -> NDArray[np.float32]:
    """Return the drawings as rows of 64 grey values."""
    rows = [[INK[pixel] for pixel in art.replace("\n", "")] for art in DRAWINGS.values()]
    return np.array(rows, dtype=np.float32)


def main() -> int:
    """Train, check and write both files. Returns the exit status."""
    pixels, labels = load_digits(return_X_y=True)
    weights, biases, accuracy = train(pixels, labels, strength=0.01)
    model = build("digits", "image", weights, biases)
    return write("digits", "image", model, images(), list(DRAWINGS), accuracy, MINIMUM_ACCURACY)


if __name__ == "__main__":
    sys.exit(main())

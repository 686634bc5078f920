# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a program that made something in the cloud ends when it is told to."""

from __future__ import annotations

import signal
import sys


def end_in_order() -> None:
    """Have SIGTERM, and SIGHUP of a lost terminal, end this program as Ctrl-C does: with what it started and made.

    Only the first of them: who ends a group of processes ends make, too, which says it on, and that must not break off
    the cleaning up. Ctrl-C still does.
    """
    told: list[int] = []

    def end(number: int, frame: object) -> None:
        del frame
        told.append(number)
        if len(told) == 1:
            sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup(1)
            signal.signal(number, end)

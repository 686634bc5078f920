# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done at the end of a drill whatever happened, and how that is told."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Iterable, Iterator


@contextlib.contextmanager
def ending_with(steps: Iterable[Callable[[], object]]) -> Iterator[None]:
    """Take these steps at the end of the context, each whatever became of it and of the others.

    Of what went wrong, the first is raised, because the others may follow from it; they are its notes.
    """
    problems: list[BaseException] = []
    with _kept(problems):
        yield
    for step in steps:
        with _kept(problems):
            step()
    if problems:
        # An interrupt ends more than this drill.
        first = next((each for each in problems if not isinstance(each, Exception)), problems[0])
        for other in problems:
            if other is not first:
                traceback.print_exception(other)
                first.add_note(f"then {told(other)}")
        raise first


@contextlib.contextmanager
def _kept(problems: list[BaseException]) -> Iterator[None]:
    try:
        yield
    except BaseException as problem:  # noqa: BLE001 -- whatever it is, what comes next has to be done, too
        problems.append(problem)


def told(problem: BaseException) -> str:
    """Return what stopped a drill, and what failed then."""
    return "; ".join([f"{type(problem).__name__}: {problem}", *getattr(problem, "__notes__", ())])

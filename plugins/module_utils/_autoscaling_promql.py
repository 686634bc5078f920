# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which queries in PromQL Aodh can limit to a project. Pure.

Aodh does not parse a query. It looks for the names of metrics, the quotes and the braces (C(PromQLRbac) in
C(observabilityclient/rbac.py)). What it does not expect there gets its label at a wrong place or not at all. A brace
after which it finds no quote, single or double, even keeps its evaluator busy for ever, and nobody's alarms are
evaluated any more.
"""

from __future__ import annotations

import re

_BRACE = r"(?<![a-zA-Z0-9_:])\{"
"""A brace within quotes: Aodh takes each word with one behind it for a metric."""
_SINGLE = rf"'(?:[^'\\{{]|\\.|{_BRACE})*'"
_QUOTED = "|".join((_SINGLE, _SINGLE.replace("'", '"'), rf"`(?:[^`{{]|{_BRACE})*`"))
# Aodh takes a quote behind a backslash for a part of the value, even when the backslash is one itself.
_LABEL = rf"\s*\w+\s*(?:=~?|!=|!~)\s*{_SINGLE}(?<!\\')\s*"
_SELECTOR = rf"[a-zA-Z0-9_:]\{{(?:{_LABEL}(?:,{_LABEL})*)?\}}"
_UNDERSTOOD = re.compile(rf"(?:{_SELECTOR}|{_QUOTED}|[^'\"`{{}}#])*", re.ASCII | re.DOTALL)
_SHOWN = 40
"""Characters that are enough to find the place."""


def problems(query: str, where: str) -> list[str]:
    """Return what is wrong with a query.

    :param where: what messages call it
    """
    found = _UNDERSTOOD.match(query)
    rest = query[found.end() if found else 0 :]
    said = (
        f"'{where}' cannot be limited to your project by the client that Aodh asks Prometheus with, from"
        f" {rest[:_SHOWN]!r} on: write labels as in name{{fleet='chat', model='m'}}, with single quotes, the brace"
        " right behind the name, no comma behind the last label and no backslash at the end of a value; leave out"
        " comments; within quotes, no brace may follow a letter, a digit, '_' or ':' (write the pattern a{2} as [a]{2})"
    )
    return [said] if rest else []

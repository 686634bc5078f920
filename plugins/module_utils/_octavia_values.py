# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What single values of a load balancer may be: numbers, and the forms of texts. Pure.

The forms are those of octavia 19: C(api/v2/types), C(common/validate.py) and C(common/constants.py).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ansible_collections.model_serving.openstack.plugins.module_utils._octavia_lengths import SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

CODES = re.compile(r"^(\d{3}(\s*,\s*\d{3})*)$|^(\d{3}-\d{3})$")
DOMAIN_NAME = re.compile(r"^(?=.{1,253}\.?$)(?:(?!-|[^.]+_)[A-Za-z0-9-_]{1,63}(?<!-)(?:\.|$))+$")
COOKIE_NAME = re.compile(r"\A(?=.*[\x00-\xff])[^\s,;\\\x00-\x20\"()/:-@\[\]{}\x7f]+\Z")
# OpenSSL takes other signs between names than Octavia does today, and a service may have them from an older one.
CIPHERS = re.compile(r"\A[^\s\x00-\x1f\x7f]+\Z")
HEADER_NAME = re.compile(r"\A[a-zA-Z0-9!#$%&'*+-.^_`|~]+\Z")
COOKIE_VALUE = re.compile(r"\A[a-zA-Z0-9!#$%&'()*+-./:<=>?@[\]^_`{|}~]+\Z")
_IN_HEADER = r"a-zA-Z0-9!\"#$%&'()*+,-./:;<=>?@[\]^_`{|}~\\"
HEADER_VALUE = re.compile(rf"\A([{_IN_HEADER}]+|\"[{_IN_HEADER} \t]*\")\Z")
DN_FIELD = re.compile(r"^([a-zA-Z][A-Za-z0-9-]*)$")
ONE_LINE = re.compile(r"^[^\r\n]*$")
TRUE = re.compile(r"\Atrue\Z", re.IGNORECASE)
NUMBER = re.compile(r"\A\d+\Z")
# Before Octavia looks at a path, rfc3986 encodes everything but brackets.
PATH = re.compile(r"\A(/|///+)(?!/)[^\s\[\]?#]*([?#]\S*)?\Z")
PATH_RULE = "a path: it begins with one '/' and has no spaces and no brackets"
_IN_HOST = r"([A-Za-z0-9._~\-!$&'()*+,;=]|%[0-9A-Fa-f]{2})"
URL = re.compile(
    r"\A(?!.*[\x00-\x20\x7f-\x9f])https?://"
    rf"(({_IN_HOST}|:)+@)?({_IN_HOST}+|\[[0-9A-Fa-f:.]+\])(:[0-9]{{0,5}})?"
    r"([\\/][^\[\]?#]*)?([?#].*)?\Z",
    re.DOTALL,
)


def between(option: str, value: int | None, lowest: int, highest: int, where: str) -> Iterator[str]:
    """Yield that a number is out of its range."""
    if value is not None and not lowest <= value <= highest:
        yield f"'{option}: {value}' of {where} is not between {lowest} and {highest}"


def at_least(option: str, value: int | None, lowest: int, where: str) -> Iterator[str]:
    """Yield that a number is too small."""
    if value is not None and value < lowest:
        yield f"'{option}: {value}' of {where} must be at least {lowest}"


def formed(option: str, text: str | None, form: re.Pattern[str], where: str, rule: str) -> Iterator[str]:
    """Yield that a text has not the form that Octavia takes.

    :param rule: what Octavia takes
    """
    if text and not form.search(text):
        yield f"{option!r} of {where} is {text[:SHOWN]!r}, but Octavia takes {rule}"


def regular_expression(option: str, text: str, where: str) -> Iterator[str]:
    """Yield that a text is no regular expression, for which Octavia asks Python."""
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        # Before 3.11, Python took flags anywhere, and Octavia's may be older than ours.
        if "global flags not at the start" not in str(error):
            yield f"{option!r} of {where} is {text[:SHOWN]!r}, which is no regular expression: {error}"

# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Octavia refuses in an L7 policy and its rules. Pure.

The rules are those of C(l7rule_data) and C(sanitize_l7policy_api_args) in octavia 19's C(common/validate.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.model_serving.openstack.plugins.module_utils import _octavia_values as values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Declared = Mapping[str, Any]

OPTION_OF_ACTION = {
    "REDIRECT_TO_POOL": "redirect_pool",
    "REDIRECT_TO_URL": "redirect_url",
    "REDIRECT_PREFIX": "redirect_prefix",
}
MOST_RULES = 50
"""C(MAX_L7RULES_PER_L7POLICY): with a few more, HAProxy does not read its configuration."""
NO_KEY = ("HOST_NAME", "PATH", "FILE_TYPE", "SSL_CONN_HAS_CERT", "SSL_VERIFY_RESULT")
FORMS = {"SSL_CONN_HAS_CERT": (values.TRUE, "true"), "SSL_VERIFY_RESULT": (values.NUMBER, "a number")}
"""What the value must be of rules that compare for equality only."""
HEADER_RULE = "letters, digits and signs without spaces; spaces only between double quotes"
COOKIE_RULE = "letters, digits and signs other than '\"', ';' and '\\', without spaces"
NAME_RULE = "a name of letters, digits and signs such as '-' and '_'"


def policy_problems(policy: Declared, where: str) -> Iterator[str]:
    """Yield what is wrong with a policy, but for the pool that it names."""
    action, rules = policy["action"], policy.get("rules") or ()
    needed = OPTION_OF_ACTION.get(action)
    if needed and not policy.get(needed):
        yield f"{where} has 'action: {action}' and needs {needed!r}"
    for option in OPTION_OF_ACTION.values():
        if option != needed and policy.get(option):
            yield f"{option!r} of {where} does not go with 'action: {action}'"
    if policy.get("redirect_http_code") and action not in ("REDIRECT_TO_URL", "REDIRECT_PREFIX"):
        yield f"'redirect_http_code' of {where} does not go with 'action: {action}'"
    for option in ("redirect_url", "redirect_prefix"):
        rule = "a URL that begins with http:// or https:// and a host"
        yield from values.formed(option, policy.get(option), values.URL, where, rule)
    if not rules:
        # Octavia's drivers leave a policy without rules out of the configuration: it would never match.
        yield f"{where} needs at least one rule"
    if len(rules) > MOST_RULES:
        yield f"{where} has {len(rules)} rules, but Octavia takes {MOST_RULES}"
    for each in rules:
        yield from _rule(each, where)


def _rule(rule: Declared, policy: str) -> Iterator[str]:
    where, kind, compared = f"rule {rule['type']} of {policy}", rule["type"], rule["compare_type"]
    if kind not in NO_KEY and not rule.get("key"):
        yield f"{where} needs 'key'"
    if kind in NO_KEY and rule.get("key"):
        yield f"'key' does not go with {where}"
    if kind in ("HEADER", "COOKIE"):
        yield from values.formed("key", rule.get("key"), values.HEADER_NAME, where, NAME_RULE)
    if kind == "SSL_DN_FIELD":
        yield from values.formed("key", rule.get("key"), values.DN_FIELD, where, "a field such as 'CN'")
    possible = ("EQUAL_TO",) if kind in FORMS else ("REGEX", "EQUAL_TO") if kind == "FILE_TYPE" else (compared,)
    if compared not in possible:
        yield f"'compare_type' of {where} must be {' or '.join(possible)}, not {compared}"
    yield from _value(kind, compared, rule["value"], where)


def _value(kind: str, compared: str, value: str, where: str) -> Iterator[str]:
    yield from values.formed("value", value, values.ONE_LINE, where, "one line")
    if kind in FORMS:
        form, rule = FORMS[kind]
        yield from values.formed("value", value, form, where, rule)
    elif compared == "REGEX":
        yield from values.regular_expression("value", value, where)
    elif kind == "COOKIE":
        yield from values.formed("value", value, values.COOKIE_VALUE, where, COOKIE_RULE)
    elif kind != "SSL_DN_FIELD":
        yield from values.formed("value", value, values.HEADER_VALUE, where, HEADER_RULE)

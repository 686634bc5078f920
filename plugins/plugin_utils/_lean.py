# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Python programs without what only those need who read their source. Pure."""

from __future__ import annotations

import ast
import io
import tokenize
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def lean(source: str) -> str:
    """Return a program without docstrings and comments, except those at its head: the licence.

    Nova limits the user data in which programs travel. Every version of Python leaves the same lines, unlike
    C(ast.unparse): other user data means other servers.
    """
    gone = {*_comments(source), *_docstrings(source)}
    return "".join(line for number, line in enumerate(source.splitlines(keepends=True), 1) if number not in gone)


def _comments(source: str) -> Iterator[int]:
    """Yield the numbers of lines that are nothing but a comment, after those at the head."""
    head = True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and not head and token.line.lstrip().startswith("#"):
            yield token.start[0]
        head = head and token.type in {tokenize.COMMENT, tokenize.NL}


def _docstrings(source: str) -> Iterator[int]:
    """Yield the numbers of lines of texts that stand for themselves, where there is more than texts."""
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", None)
        statements = body if isinstance(body, list) else []
        texts = [each for each in statements if isinstance(each, ast.Expr) and _is_text(each.value)]
        for text in texts if len(texts) < len(statements) else ():
            yield from range(text.lineno, (text.end_lineno or text.lineno) + 1)


def _is_text(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, str)

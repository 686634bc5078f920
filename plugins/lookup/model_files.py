# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: model_files
short_description: Read model files on the controller, and check the options of other models
version_added: 0.1.0
author:
  - model_serving.openstack contributors (@model-serving)
description:
  - Reads model files on the host that runs Ansible and calculates their checksums. Models that servers fetch from a URL
    are not read, but their options are checked.
  - Files that C(ansible-vault) encrypted are decrypted. Sizes and checksums are those of the decrypted files.
  - Problems are returned, not raised, so that all of them can be reported together.
options:
  _terms:
    description:
      - Models. Each is a mapping with V(name), either V(path) or V(url), and optionally V(version), V(sha256),
        V(unpack) and V(known_answer).
      - A relative path is searched in the working directory of Ansible first, then where Ansible searches for files.
    type: list
    elements: dict
    required: true
  max_size:
    description:
      - Model files with more bytes than this are not read.
      - Files in V(known_answer) can have any size, because few runtimes get them with the user data.
    type: int
    default: 49149
"""

EXAMPLES = r"""
- name: Show the checksum of a model
  ansible.builtin.debug:
    msg: "{{ lookup('model_serving.openstack.model_files', {'name': 'digits', 'path': 'models/digits.onnx'}).sha256 }}"
"""

RETURN = r"""
_raw:
  description: The models, in the order of the terms.
  type: list
  elements: dict
  contains:
    name:
      description: Name of the model.
      type: str
    version:
      description: Version of the model. V(1) if none is given.
      type: str
    content:
      description: The model file in base64. Empty if it could not be read or comes from a URL.
      type: str
    url:
      description: URL from which a server fetches the model. V(none) for a file.
      type: str
    unpack:
      description: Whether the URL leads to an archive.
      type: bool
    sha256:
      description: SHA-256 checksum of the model file. Empty if the file could not be read or the checksum is unknown.
      type: str
    known_answer:
      description: Content of the file in V(known_answer). V(none) if there is no such file.
      type: dict
    problems:
      description: The problems.
      type: list
      elements: str
"""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.lookup import LookupBase

from ansible_collections.model_serving.openstack.plugins.plugin_utils._arguments import unquoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ansible.parsing.dataloader import DataLoader

TEXTS = ("name", "version", "path", "url", "sha256", "known_answer")
USER_DATA_ROOM = 49149
"""Bytes that Nova takes as user data: 65535 characters of base64."""
SHA256 = re.compile(r"[0-9a-f]{64}")
SCHEME = re.compile(r"[A-Za-z0-9+-]{1,20}:")
URLS = {
    "https": re.compile(r"https://[^/\s@]+/\S*"),
    "http": re.compile(r"http://[^/\s@]+/\S*"),
    "s3": re.compile(r"s3://[^/\s?]+/[^\s?]+"),
    "swift": re.compile(r"swift://[^/\s?]+/[^\s?]+"),
    "file": re.compile(r"file:///[^\s?]+"),
}
"""What URLs of models look like. Names and passwords do not belong into them."""
WEB = re.compile(r"https?:[!-~]*")
"""What can be sent to a web server as it stands. Names in S3 and Swift are encoded by the server that fetches."""


class LookupModule(LookupBase):
    """Reads model files."""

    def run(self, terms: Sequence[Any], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """Return what was read for each model.

        :raises AnsibleError: for a term that is not a mapping with C(name) and C(path)
        """
        self.max_size = int(kwargs.get("max_size", USER_DATA_ROOM))
        for term in terms:
            if not isinstance(term, dict) or "name" not in term:
                raise AnsibleError(f"model_files: {term!r} is not a mapping with 'name' and 'path' or 'url'")
        return [self._read(term, variables or {}) for term in terms]

    def _read(self, model: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        where = f"model {str(model['name'])!r}"
        problems = [problem for key in TEXTS for problem in unquoted(model.get(key), f"{where}: {key}")]
        unpack = _whether(model.get("unpack"), f"{where}: unpack", problems)
        problems += [f"{where}: {problem}" for problem in _source_problems(model, unpack)]
        wanted = str(model.get("sha256") or "").lower()
        content, sha256 = b"", wanted
        if model.get("path") and not model.get("url"):
            content = self._content(str(model["path"]), variables, where, problems, self.max_size)
            sha256 = hashlib.sha256(content).hexdigest() if content else ""
            if content and wanted not in ("", sha256):
                problems.append(f"{where}: {model['path']} has the SHA-256 {sha256}, not {wanted}")
        known_answer = None
        if model.get("known_answer"):
            text = self._content(str(model["known_answer"]), variables, where, problems)
            known_answer = _known_answer(text, f"{where}: known answer {model['known_answer']}", problems)
        return {
            "name": str(model["name"]),
            "version": str(model.get("version") or "1"),
            "content": base64.b64encode(content).decode(),
            "url": str(model["url"]) if model.get("url") else None,
            "unpack": unpack,
            "sha256": sha256,
            "known_answer": known_answer,
            "problems": problems,
        }

    def _content(
        self, name: str, variables: Mapping[str, Any], where: str, problems: list[str], most: int | None = None
    ) -> bytes:
        loader = cast("DataLoader", self._loader)  # Ansible's type allows for lookups without one
        try:
            path = Path(name).expanduser()
            if not path.is_file():
                found = self.find_file_in_search_path(  # type: ignore[no-untyped-call]
                    variables, "files", name, ignore_missing=True
                )
                path = Path(found) if found else path
            path.open("rb").close()  # the loader does not say why a file cannot be read
            # A temporary file if this one is encrypted. The loader's relative paths begin in the playbook's folder.
            readable = loader.get_real_file(str(path.resolve()))
            try:
                size = Path(readable).stat().st_size
                if most is None or size <= most:
                    return Path(readable).read_bytes() or _refuse(f"{where}: {path} is empty", problems)
            finally:
                loader.cleanup_tmp_file(readable)
        except AnsibleError as error:  # no password, or none that fits
            return _refuse(f"{where}: cannot read {name}: {error}", problems)
        except OSError as error:
            return _refuse(f"{where}: cannot read {name}: {error.strerror}", problems)
        except (RuntimeError, ValueError) as error:  # nobody's home; characters that no path has
            return _refuse(f"{where}: {name!r} is no name of a file: {error}", problems)
        return _refuse(f"{where}: {path} has {size} bytes, but user data has room for {most} at most", problems)


def _source_problems(model: Mapping[str, Any], unpack: bool) -> Iterator[str]:
    """Yield what is wrong with where a model comes from."""
    url = str(model.get("url") or "")
    if bool(url) == bool(model.get("path")):
        yield "needs either a path or a url"
    if not url:
        if unpack:
            yield "unpack goes with url only"
        return
    scheme = url.partition(":")[0]
    if scheme not in URLS:
        # Without a scheme, what is before the first colon can be all of it, with a signature.
        found = f"begins with {scheme}:" if SCHEME.match(url) else "has no scheme"
        yield f"url {found}, but must begin with one of {', '.join(f'{known}:' for known in URLS)}"
    elif scheme in ("http", "https") and not WEB.fullmatch(url):
        # The server would try again for ever.
        yield (
            "url has a space or a character that is not printable ASCII: percent-encode it; a host's name is written in"
            " Punycode"
        )
    elif not URLS[scheme].fullmatch(url):
        # Not shown: it may have a secret in it.
        yield f"url is no {scheme} URL as it must be: without spaces, user names and passwords, and with a path"
    sha256 = model.get("sha256")
    if sha256 and not SHA256.fullmatch(str(sha256).lower()):
        yield f"sha256 is {sha256!r}, but must be 64 hexadecimal digits"
    if not sha256 and scheme != "file":
        yield "sha256 is missing: nothing is fetched that cannot be verified"
    if scheme == "file" and unpack and not sha256:
        yield "sha256 is missing: nothing is unpacked that cannot be verified"


def _whether(value: Any, where: str, problems: list[str]) -> bool:
    """Return what a boolean is that may have been written as a text: "false" is not empty."""
    try:
        return bool(boolean(value or False))
    except TypeError:
        problems.append(f"{where} is {value!r}, but must be true or false")
        return False


def _refuse(problem: str, problems: list[str]) -> bytes:
    problems.append(problem)
    return b""


def _known_answer(text: bytes, where: str, problems: list[str]) -> dict[str, Any] | None:
    if not text:
        return None
    try:
        found = json.loads(text)
    except ValueError as error:
        problems.append(f"{where}: is not JSON: {error}")
        return None
    if not isinstance(found, dict) or not all(isinstance(found.get(key), dict) for key in ("request", "expected")):
        problems.append(f"{where}: needs an object with the objects 'request' and 'expected'")
        return None
    return found

# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import PromptVaultSecret, VaultLib

from ansible_collections.model_serving.openstack.plugins.lookup.model_files import LookupModule

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"\x00\xffmodel"
SECRET = PromptVaultSecret(b"a password")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.onnx").write_bytes(CONTENT)
    (tmp_path / "empty.onnx").touch()
    (tmp_path / "answer.json").write_text('{"request": {}, "expected": {"x": [1]}}')
    (tmp_path / "text.json").write_text("{")
    (tmp_path / "list.json").write_text("[]")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def decrypted(folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Encrypt the files. The result is the folder in which Ansible decrypts them."""
    for name in ("a.onnx", "answer.json"):
        (folder / name).write_bytes(VaultLib().encrypt((folder / name).read_bytes(), SECRET))
    found = tmp_path_factory.mktemp("decrypted")
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(found))
    return found


def read(*models: Any, **options: Any) -> list[dict[str, Any]]:
    return LookupModule(loader=DataLoader()).run(list(models), {}, **options)


def test_a_model_with_everything(folder: Path) -> None:
    checksum = hashlib.sha256(CONTENT).hexdigest()
    given = {"name": "a", "version": 2, "path": str(folder / "a.onnx"), "sha256": checksum.upper()}
    assert read({**given, "known_answer": "answer.json"}) == [
        {
            "name": "a",
            "version": "2",
            "content": base64.b64encode(CONTENT).decode(),
            "url": None,
            "unpack": False,
            "sha256": checksum,
            "known_answer": {"request": {}, "expected": {"x": [1]}},
            "problems": [],
        }
    ]


def test_encrypted_files_are_decrypted(decrypted: Path) -> None:
    loader = DataLoader()
    loader.set_vault_secrets([("default", SECRET)])
    loader.set_basedir("/")  # the playbook's folder
    model = {"name": "a", "path": "a.onnx", "sha256": hashlib.sha256(CONTENT).hexdigest()}

    (found,) = LookupModule(loader=loader).run([{**model, "known_answer": "answer.json"}], {}, max_size=len(CONTENT))

    assert found["problems"] == []
    assert base64.b64decode(found["content"]) == CONTENT
    assert found["known_answer"] == {"request": {}, "expected": {"x": [1]}}
    assert not any(decrypted.iterdir())


@pytest.mark.usefixtures("decrypted")
@pytest.mark.parametrize(
    ("secrets", "message"),
    [
        ([], "A vault password or secret must be specified to decrypt"),
        ([("default", PromptVaultSecret(b"another"))], "Decryption failed"),
    ],
)
def test_what_cannot_be_decrypted_is_returned(secrets: list[tuple[str, PromptVaultSecret]], message: str) -> None:
    loader = DataLoader()
    loader.set_vault_secrets(secrets)

    (found,) = LookupModule(loader=loader).run([{"name": "a", "path": "a.onnx", "known_answer": "answer.json"}], {})

    assert (found["content"], found["sha256"], found["known_answer"]) == ("", "", None)
    for name, problem in zip(("a.onnx", "answer.json"), found["problems"], strict=True):
        assert problem.startswith(f"model 'a': cannot read {name}: {message}")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("unpack", "unpacked"), [("false", False), ("no", False), ("yes", True), (None, False)])
def test_whether_to_unpack_may_be_written_as_a_text(unpack: str | None, unpacked: bool) -> None:
    (found,) = read({"name": "a", "url": "https://models.example/a.tar", "sha256": "ab" * 32, "unpack": unpack})
    assert (found["unpack"], found["problems"]) == (unpacked, [])


@pytest.mark.usefixtures("folder")
def test_a_relative_path_is_looked_for_in_the_working_directory() -> None:
    (found,) = read({"name": "a", "path": "a.onnx"})
    assert found["problems"] == []
    assert found["version"] == "1"
    assert found["known_answer"] is None


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"path": "none.onnx"}, "cannot read none.onnx: No such file or directory"),
        ({"path": "x" * 300}, "File name too long"),
        ({"path": "a\0b"}, "is no name of a file"),
        ({"path": "."}, "cannot read .: Is a directory"),
        ({"path": "empty.onnx"}, "empty.onnx is empty"),
        ({"path": "a.onnx", "sha256": "ab"}, f"has the SHA-256 {hashlib.sha256(CONTENT).hexdigest()}, not ab"),
        ({"path": "a.onnx", "known_answer": "none.json"}, "cannot read none.json: No such file or directory"),
        ({"path": "a.onnx", "known_answer": "text.json"}, "known answer text.json: is not JSON"),
        ({"path": "a.onnx", "known_answer": "list.json"}, "needs an object with the objects 'request' and 'expected'"),
        (
            {"path": "a.onnx", "version": 1.10},
            "version is the number 1.1: put it into quotes, because YAML drops zeros",
        ),
        ({"path": "a.onnx", "unpack": "perhaps"}, "unpack is 'perhaps', but must be true or false"),
        ({"path": "a.onnx", "version": 0.0}, "version is the number 0.0: put it into quotes"),
        ({"path": "a.onnx", "known_answer": "a.onnx"}, "known answer a.onnx: is not JSON"),
    ],
)
def test_what_is_wrong_is_returned(model: dict[str, Any], message: str) -> None:
    (found,) = read({"name": "a", **model})
    (problem,) = found["problems"]
    assert problem.startswith("model 'a': ")
    assert message in problem


@pytest.mark.usefixtures("folder")
def test_a_name_that_is_a_number_is_returned() -> None:
    (found,) = read({"name": 1.10, "path": "a.onnx"})
    assert [problem.partition(":")[0] for problem in found["problems"]] == ["model '1.1'"]
    assert "name is the number 1.1: put it into quotes" in found["problems"][0]


@pytest.mark.usefixtures("folder")
def test_a_large_file_is_not_read() -> None:
    (found,) = read({"name": "a", "path": "a.onnx"}, max_size=6)
    assert found["content"] == found["sha256"] == ""
    assert found["problems"] == ["model 'a': a.onnx has 7 bytes, but user data has room for 6 at most"]


def test_a_known_answer_may_be_larger_than_user_data(folder: Path) -> None:
    (folder / "image.json").write_text(f'{{"request": {{"image": "{"x" * 100_000}"}}, "expected": {{}}}}')
    (found,) = read({"name": "a", "url": "file:///srv/a", "known_answer": "image.json"})
    assert found["problems"] == []
    assert found["known_answer"]["request"] == {"image": "x" * 100_000}


@pytest.mark.parametrize("term", ["a.onnx", {"path": "a.onnx"}])
def test_a_term_that_is_no_model_is_refused(term: Any) -> None:
    with pytest.raises(AnsibleError, match="is not a mapping with 'name' and 'path'"):
        read(term)


@pytest.mark.parametrize(
    "model",
    [
        {"url": "https://models.example/a.onnx?temp_url_sig=b", "sha256": "AB" * 32},
        {"url": "http://10.0.0.1:8000/a", "sha256": "ab" * 32, "unpack": True},
        {"url": "https://models.example/mod%C3%A8le%201.onnx", "sha256": "ab" * 32},
        {"url": "s3://bucket/folder/a.onnx", "sha256": "ab" * 32},
        {"url": "s3://bucket/modèle.onnx", "sha256": "ab" * 32},
        {"url": "swift://container/a.onnx", "sha256": "ab" * 32},
        {"url": "file:///srv/models/a"},
    ],
)
def test_a_model_that_a_server_fetches_is_not_read(model: dict[str, Any]) -> None:
    (found,) = read({"name": "a", **model})
    assert found["problems"] == []
    assert found["content"] == ""
    assert found["url"] == model["url"]
    assert found["sha256"] == model.get("sha256", "").lower()


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({}, "needs either a path or a url"),
        ({"path": "a", "url": "file:///a"}, "needs either a path or a url"),
        ({"url": "ftp://a/b", "sha256": "ab" * 32}, "url begins with ftp:, but must begin with one of https:, http:"),
        ({"url": "models.example/a?sig=secret", "sha256": "ab" * 32}, "url has no scheme, but must begin with"),
        ({"url": "models.example:443/a?sig=secret", "sha256": "ab" * 32}, "url has no scheme, but must begin with"),
        ({"url": "a/b?signature=secret:c", "sha256": "ab" * 32}, "url has no scheme, but must begin with"),
        ({"url": "https://me:secret@a/b", "sha256": "ab" * 32}, "url is no https URL as it must be"),
        ({"url": "https://a", "sha256": "ab" * 32}, "url is no https URL as it must be"),
        ({"url": "https://a/modèle?sig=secret", "sha256": "ab" * 32}, "not printable ASCII: percent-encode it"),
        ({"url": "http://modèle.example/a", "sha256": "ab" * 32}, "a host's name is written in Punycode"),
        ({"url": "https://a/my model", "sha256": "ab" * 32}, "url has a space"),
        ({"url": "https://a/b\x01c", "sha256": "ab" * 32}, "percent-encode it"),
        ({"url": "s3://bucket", "sha256": "ab" * 32}, "url is no s3 URL as it must be"),
        ({"url": "https://a/b", "sha256": "ab"}, "sha256 is 'ab', but must be 64 hexadecimal digits"),
        ({"url": "https://a/b"}, "nothing is fetched that cannot be verified"),
        ({"url": "file:///a.tar", "unpack": True}, "nothing is unpacked that cannot be verified"),
    ],
)
def test_what_is_wrong_with_a_url_is_returned(model: dict[str, Any], message: str) -> None:
    (found,) = read({"name": "a", **model})
    (problem,) = found["problems"]
    assert problem.startswith("model 'a': ")
    assert message in problem
    assert "secret" not in problem

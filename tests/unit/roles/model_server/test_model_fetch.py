# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that brings models to a server, against a real web server that breaks off, refuses and lies."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import pytest
import vermin

from .conftest import CONTENT, FILES, SHA256, SIGNED, Fetch
from .object_server import Objects


def archive(*members: tuple[str, bytes | None], link: str | None = None, mode: int = 0o644) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as opened:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.mode = mode
            info.type, info.size = (tarfile.DIRTYPE, 0) if content is None else (tarfile.REGTYPE, len(content))
            opened.addfile(info, io.BytesIO(content or b""))
        if link:
            info = tarfile.TarInfo("link")
            info.type, info.linkname = tarfile.SYMTYPE, link
            opened.addfile(info)
    return buffer.getvalue()


def test_a_model_comes_to_its_place_once(fetch: Fetch, source: Objects, capsys: pytest.CaptureFixture[str]) -> None:
    assert fetch().read_bytes() == CONTENT
    assert fetch().read_bytes() == CONTENT
    assert len(source.requests) == 1
    assert SIGNED in source.requests[0][0]
    assert "s3cr3t" not in capsys.readouterr().out


def test_a_download_goes_on_where_it_broke_off(fetch: Fetch, source: Objects) -> None:
    source.faults = [("break", 1_000_000), ("status", 503), ("break", 500_000)]
    path = fetch()
    assert path.read_bytes() == CONTENT
    asked = [headers.get("Range") for _path, headers in source.requests]
    assert asked == [None, "bytes=1000000-", "bytes=1000000-", "bytes=1500000-"]
    assert [one.name for one in path.parent.iterdir() if one.name.endswith(".part")] == []


def test_a_source_without_ranges_begins_anew(fetch: Fetch, source: Objects) -> None:
    source.ranges = False
    source.faults = [("break", 1_000_000)]
    assert fetch().read_bytes() == CONTENT


def test_a_killed_run_goes_on(fetch: Fetch, source: Objects, program: ModuleType, tmp_path: Path) -> None:
    model = program.Model("m", f"{source.url}/model", tmp_path / "m" / "file", SHA256)
    model.partial.parent.mkdir()
    model.partial.write_bytes(CONTENT[:2_000_000])
    assert fetch().read_bytes() == CONTENT
    assert source.requests[0][1]["Range"] == "bytes=2000000-"


@pytest.mark.parametrize("left", [CONTENT[:-1] + b"x", CONTENT + b"x", b"x" * 10])
def test_what_was_left_and_is_wrong_is_fetched_again(
    fetch: Fetch, source: Objects, program: ModuleType, tmp_path: Path, left: bytes
) -> None:
    model = program.Model("m", f"{source.url}/model", tmp_path / "m" / "file", SHA256)
    model.partial.parent.mkdir()
    model.partial.write_bytes(left)
    assert fetch().read_bytes() == CONTENT


def test_another_checksum_is_another_model(fetch: Fetch, source: Objects) -> None:
    fetch()
    source.objects["/model"] = b"new"
    assert fetch(sha256=hashlib.sha256(b"new").hexdigest()).read_bytes() == b"new"


def test_a_wrong_checksum_is_never_in_place(fetch: Fetch, program: ModuleType, source: Objects) -> None:
    with pytest.raises(program.RefusedError, match=f"/model has the SHA-256 {SHA256}, not {'0' * 64}$") as caught:
        fetch(sha256="0" * 64)
    assert "s3cr3t" not in str(caught.value)
    assert len(source.requests) == 2


def test_a_source_that_does_not_answer_is_asked_again(
    fetch: Fetch, source: Objects, capsys: pytest.CaptureFixture[str]
) -> None:
    source.faults = [("status", 404), ("status", 500)]
    assert fetch().read_bytes() == CONTENT
    assert f"{source.url}/model answers with 404 Not Found; trying again in 0 s" in capsys.readouterr().out


def test_where_a_refused_redirection_leads_to_is_not_told(
    fetch: Fetch,
    program: ModuleType,
    source: Objects,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source.moved = {f"/model?{SIGNED}": f"gopher://127.0.0.1/model?{SIGNED}"}
    monkeypatch.setattr(program.time, "sleep", lambda _seconds: source.moved.clear())
    assert fetch().read_bytes() == CONTENT
    said = capsys.readouterr().out
    assert f"{source.url}/model answers with 307 Temporary Redirect; trying again" in said
    assert "s3cr3t" not in said


@pytest.mark.parametrize("sha256", [SHA256, None])
def test_a_model_of_the_image_is_linked(fetch: Fetch, tmp_path: Path, sha256: str | None) -> None:
    (tmp_path / "baked").write_bytes(CONTENT)
    path = fetch(url=f"file://{tmp_path}/baked", sha256=sha256)
    assert path.is_symlink()
    assert path.read_bytes() == CONTENT
    assert fetch(url=f"file://{tmp_path}/baked", sha256=sha256).read_bytes() == CONTENT


@pytest.mark.parametrize(("name", "message"), [("none", "is not in this image"), ("baked", "has the SHA-256")])
def test_a_wrong_model_of_the_image_is_refused(
    fetch: Fetch, program: ModuleType, tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "baked").write_bytes(b"x")
    with pytest.raises(program.RefusedError, match=message):
        fetch(url=f"file://{tmp_path}/{name}")


def test_an_archive_becomes_a_folder(fetch: Fetch, source: Objects) -> None:
    content = archive(("./1", None), ("./1/model.onnx", b"model"), ("deep/er/config", b"x"))
    source.objects["/model"] = content
    folder = fetch(unpack=True, sha256=hashlib.sha256(content).hexdigest())
    assert (folder / "1" / "model.onnx").read_bytes() == b"model"
    assert (folder / "deep" / "er" / "config").read_bytes() == b"x"
    assert sorted(one.name for one in folder.parent.iterdir()) == [".file.sha256", "file"]


def test_programs_of_an_archive_stay_programs(fetch: Fetch, source: Objects) -> None:
    # That it runs as its owner does not stay.
    source.objects["/model"] = content = archive(("backend", b"#!"), mode=0o4755)
    folder = fetch(unpack=True, sha256=hashlib.sha256(content).hexdigest())
    assert (folder / "backend").stat().st_mode & 0o7111 == 0o111


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (archive(("../outside", b"x")), "the archive has '../outside'"),
        (archive(("/outside", b"x")), "the archive has '/outside'"),
        (archive(link="/etc/passwd"), "the archive has 'link'"),
        (b"no archive", "it is no tar archive"),
        (archive(("a", os.urandom(10_000)))[:5_000], "it is no tar archive: Compressed file ended"),
    ],
    # An archive has the time of its making in it; xdist wants the same names in each of its processes.
    ids=["outside", "absolute", "link", "no archive", "cut off"],
)
def test_an_archive_that_is_not_safe_is_refused(
    fetch: Fetch, source: Objects, program: ModuleType, tmp_path: Path, content: bytes, message: str
) -> None:
    source.objects["/model"] = content
    with pytest.raises(program.RefusedError, match=message):
        fetch(unpack=True, sha256=hashlib.sha256(content).hexdigest())
    assert not (tmp_path / "m" / "file").exists()
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize(("sha256", "code"), [(SHA256, 7), ("0" * 64, 78)])
def test_the_program_becomes_the_server_only_when_all_models_are_there(
    source: Objects, tmp_path: Path, sha256: str, code: int
) -> None:
    models = [{"name": "m", "url": f"{source.url}/model?{SIGNED}", "sha256": sha256, "path": f"{tmp_path}/m"}]
    (tmp_path / "sources").write_text(json.dumps({"models": models, "storage": {}}))
    command = [sys.executable, str(FILES / "model_fetch.py"), str(tmp_path / "sources"), "--"]
    result = subprocess.run(
        [*command, "/bin/sh", "-c", "echo up; exit 7"],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ},
    )
    assert result.returncode == code
    assert ("up" in result.stdout.splitlines()) is (code == 7)
    if code == 78:
        assert f"model 'm' is refused: {source.url}/model has the SHA-256 {SHA256}, not" in result.stdout


@pytest.mark.parametrize(
    ("content", "unpack", "told"),
    [
        (CONTENT, False, "it does not fit on the disk (File too large)"),
        (
            archive(("zeros", bytes(1 << 22))),
            True,
            "which has to hold a model twice when it is unpacked (File too large)",
        ),
    ],
    ids=["file", "archive"],
)
def test_a_model_that_does_not_fit_is_refused(
    source: Objects, tmp_path: Path, content: bytes, unpack: bool, told: str
) -> None:
    source.objects["/model"] = content
    sha256 = hashlib.sha256(content).hexdigest()
    models = [{"name": "m", "url": f"{source.url}/model", "sha256": sha256, "path": f"{tmp_path}/m", "unpack": unpack}]
    (tmp_path / "sources").write_text(json.dumps({"models": models, "storage": {}}))
    # A limit of one MiB for files, in the place of a disk that is full.
    limited = ["/bin/sh", "-c", 'ulimit -f 2048; exec "$@"', "sh", sys.executable, str(FILES / "model_fetch.py")]
    result = subprocess.run(
        [*limited, str(tmp_path / "sources"), "--", "/bin/true"],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert result.returncode == 78
    assert "model 'm' is refused: it does not fit on the disk" in result.stdout
    assert told in result.stdout


@pytest.mark.parametrize("program", ["model_fetch.py", "model_sources.py"])
def test_the_programs_need_no_newer_python_than_images_have(program: str) -> None:
    _python2, python3 = vermin.detect((FILES / program).read_text(encoding="utf-8"))
    assert python3 <= (3, 8)

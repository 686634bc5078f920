# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring models from where they are, verify them, then become the program that serves them.

    model_fetch.py SOURCES -- PROGRAM [ARGUMENT...]

SOURCES is a JSON object:

    {"models": [{"name": "digits", "url": "https://...", "sha256": "...", "path": "/srv/digits.onnx", "unpack": false}],
     "storage": {"s3_endpoint": "https://..."}}

A download goes on where it stopped, is tried again for ever when the source does not answer, and takes the place of the
model only when its checksum is right, in one step. With "unpack", the file is a tar archive, and "path" becomes the
folder of its content. A file: URL names what the image has. Exit status 78 means that trying again cannot help: the
content is not what its checksum says, or the disk is full. Nothing is said about URLs but their path, since the rest
may be a secret.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import sys
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException, responses
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.error import HTTPError

from model_sources import TIMEOUT, SourceError, ask, request_for, shown

REFUSED = 78
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CHUNK = 1 << 20
ATTEMPTS = 2
"""How often a whole download may have a wrong checksum: what was broken on the way may come right once."""
WAITS = (1, 2, 4, 8, 15, 30)
"""Seconds between attempts; the last one from then on."""
PARTIAL, NOT_SATISFIABLE = 206, 416
LOCAL = "file://"


class RefusedError(Exception):
    """A model that must not be served; the text says why."""


@dataclass(frozen=True)
class Model:
    """One model of the sources file."""

    name: str
    url: str
    path: Path
    sha256: str | None = None
    unpack: bool = False

    @property
    def partial(self) -> Path:
        """What was downloaded so far."""
        return self.path.with_name(f".{self.path.name}.{(self.sha256 or 'unverified')[:16]}.part")

    @property
    def seal(self) -> Path:
        """Says which checksum was found right for what is at the path."""
        return self.path.with_name(f".{self.path.name}.sha256")


def say(text: str) -> None:
    print(text, flush=True)


def fetch(model: Model, storage: dict[str, str]) -> None:
    """Bring a model to its place; raise RefusedError for what must not be served."""
    model.path.parent.mkdir(parents=True, exist_ok=True)
    if model.sha256 and model.path.exists() and model.seal.exists() and model.seal.read_text() == model.sha256:
        return
    model.seal.unlink(missing_ok=True)
    remove(model.path)
    if model.url.startswith(LOCAL):
        place(model, Path(model.url[len(LOCAL) :]))
    else:
        for attempt in range(1, ATTEMPTS + 1):
            found = download(model, storage)
            if found == model.sha256:
                break
            model.partial.unlink()
            wrong = f"{shown(model.url)} has the SHA-256 {found}, not {model.sha256}"
            say(f"model {model.name!r}: attempt {attempt}: {wrong}")
        else:
            raise RefusedError(wrong)
        place(model, model.partial)
        model.partial.unlink(missing_ok=True)
    if model.sha256:
        model.seal.write_text(model.sha256)
    say(f"model {model.name!r} is there" + (f", SHA-256 {model.sha256}" if model.sha256 else ""))


def place(model: Model, found: Path) -> None:
    """Let what was found take the place of the model."""
    own = found == model.partial
    if not found.exists():
        raise RefusedError(f"{found} is not in this image")
    if model.sha256 and not own and (checksum := digest(found).hexdigest()) != model.sha256:
        raise RefusedError(f"{found} has the SHA-256 {checksum}, not {model.sha256}")
    if model.unpack:
        unpack(found, model.path)
    elif own:
        found.replace(model.path)
    else:
        model.path.symlink_to(found)


def remove(path: Path) -> None:
    """Remove a file or a folder if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def digest(path: Path) -> Any:
    """Return the SHA-256 of a file as far as it is there."""
    result = hashlib.sha256()
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        while chunk := file.read(CHUNK):
            result.update(chunk)
    return result


def download(model: Model, storage: dict[str, str]) -> str:
    """Download until the file is complete, and return its SHA-256."""
    for pause in waits():
        try:
            return attempt_download(model, storage)
        except SourceError as error:
            raise RefusedError(f"{shown(model.url)}: {error}") from error
        except HTTPError as error:
            error.close()
            # Not the error's own words: those of a refused redirection have the address, which may let in.
            problem = f"answers with {error.code} {responses.get(error.code, '')}".rstrip()
        except (OSError, HTTPException, ValueError) as error:
            if getattr(error, "errno", None) in FULL:
                raise
            problem = f"cannot be fetched: {getattr(error, 'reason', None) or error}"
        say(f"model {model.name!r}: {shown(model.url)} {problem}; trying again in {pause} s")
        time.sleep(pause)
    raise AssertionError  # the waits never end


def waits() -> Iterator[int]:
    yield from WAITS
    while True:
        yield WAITS[-1]


def attempt_download(model: Model, storage: dict[str, str]) -> str:
    """Go on with the download, and return the SHA-256 of all of it."""
    checksum = digest(model.partial)
    have = model.partial.stat().st_size if model.partial.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    try:
        answer = ask(request_for(model.url, storage, headers), timeout=TIMEOUT)
    except HTTPError as error:
        if error.code == NOT_SATISFIABLE and have:
            error.close()
            return str(checksum.hexdigest())  # it was complete
        raise
    with answer:
        goes_on = answer.status == PARTIAL and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if not goes_on:
            checksum, have = hashlib.sha256(), 0
        with model.partial.open("ab" if goes_on else "wb") as file:
            received = copy(answer, file, checksum)
        expected = answer.headers.get("Content-Length")
    if expected is not None and received < int(expected):
        raise OSError(f"the connection broke after {have + received} of {have + int(expected)} bytes")
    return str(checksum.hexdigest())


def copy(answer: Any, file: Any, checksum: Any) -> int:
    """Copy a body to a file, and return how many bytes it had."""
    received = 0
    while chunk := answer.read(CHUNK):
        file.write(chunk)
        checksum.update(chunk)
        received += len(chunk)
    return received


def unpack(archive: Path, target: Path) -> None:
    """Unpack an archive into a folder that appears when it is complete. Only files and folders below it are taken."""
    folder = target.with_name(f".{target.name}.unpacking")
    remove(folder)
    folder.mkdir()
    try:
        with tarfile.open(archive) as opened:
            for member in opened:
                name = PurePosixPath(member.name)
                if name.is_absolute() or ".." in name.parts or not (member.isfile() or member.isdir()):
                    raise RefusedError(f"the archive has {member.name!r}, which is no file or folder inside of it")
                goal = folder / name
                if member.isdir():
                    goal.mkdir(parents=True, exist_ok=True)
                    continue
                goal.parent.mkdir(parents=True, exist_ok=True)
                with goal.open("wb") as file:
                    shutil.copyfileobj(opened.extractfile(member), file)  # type: ignore[arg-type]  # a file has one
                goal.chmod(goal.stat().st_mode | member.mode & 0o111)
    except (tarfile.TarError, EOFError) as error:  # EOFError: a compressed one ends too early
        raise RefusedError(f"it is no tar archive: {error}") from error
    folder.replace(target)


def main() -> int:
    """Fetch all models, then run the program. Returns only when that is not possible."""
    sources, _dashes, *command = sys.argv[1:]
    raw = json.loads(Path(sources).read_text(encoding="utf-8"))
    try:
        for entry in raw["models"]:
            model = Model(**{**entry, "path": Path(entry["path"])})
            try:
                fetch(model, raw["storage"])
            except RefusedError as error:
                say(f"model {model.name!r} is refused: {error}")
                return REFUSED
            except OSError as error:
                if error.errno not in FULL:
                    raise
                twice = ", which has to hold a model twice when it is unpacked" if model.unpack else ""
                say(f"model {model.name!r} is refused: it does not fit on the disk{twice} ({error.strerror})")
                return REFUSED
        os.execv(command[0], command)  # noqa: S606  # the command of the unit
    except OSError as error:
        say(f"model_fetch: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())

# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests for objects in S3 and Swift, and their signatures."""

from __future__ import annotations

from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from urllib.request import HTTPRedirectHandler

import pytest

from .conftest import CONTENT, Fetch
from .object_server import Objects, objects_served


def test_swift_is_asked_with_a_token_for_the_application_credential(fetch: Fetch, source: Objects) -> None:
    source.objects = {"/v1/AUTH_p/models/chat%20v1": CONTENT}
    source.faults = [("status", 401)]
    storage = {"auth_url": source.url, "application_credential_id": "id-1", "application_credential_secret": "s3cr3t"}
    assert fetch({**storage, "region_name": "one"}, url="swift://models/chat v1").read_bytes() == CONTENT
    assert [headers["X-Auth-Token"] for _path, headers in source.requests] == ["token-1", "token-1"]
    # Asked for anew each time, because tokens expire.
    assert len(source.logins) == 2
    identity = source.logins[0]["auth"]["identity"]
    assert identity["application_credential"] == {"id": "id-1", "secret": "s3cr3t"}


def test_s3_is_asked_by_path_and_signed_when_there_is_a_key(fetch: Fetch, source: Objects) -> None:
    source.objects = {"/models/chat.onnx": CONTENT}
    storage = {"s3_endpoint": source.url}
    assert fetch(storage, url="s3://models/chat.onnx").read_bytes() == CONTENT
    assert "Authorization" not in source.requests[0][1]
    signed = {**storage, "s3_access_key": "AKEY", "s3_secret_key": "s3cr3t", "s3_region": "one"}
    fetch(signed, url="s3://models/chat.onnx", path=fetch(storage, url="s3://models/chat.onnx").with_name("other"))
    assert "Credential=AKEY/" in source.requests[-1][1]["Authorization"]


@pytest.mark.parametrize(
    "storage",
    [
        {"application_credential_id": "id-1", "application_credential_secret": "s3cr3t"},
        {"s3_access_key": "AKEY", "s3_secret_key": "s3cr3t"},
    ],
    ids=["swift", "s3"],
)
@pytest.mark.parametrize("elsewhere", [True, False])
def test_what_lets_in_is_not_told_to_another_server(
    fetch: Fetch, source: Objects, storage: dict[str, str], elsewhere: bool
) -> None:
    scheme, path = ("swift", "/v1/AUTH_p/b/k") if "application_credential_id" in storage else ("s3", "/b/k")
    with objects_served(Objects({"/copy": CONTENT})) as other:
        where = other if elsewhere else source
        source.objects = {"/copy": CONTENT}
        source.moved = {path: f"{where.url}/copy"}
        places = {"auth_url": source.url, "region_name": "one", "s3_endpoint": source.url}
        fetch({**places, **storage}, url=f"{scheme}://b/k")
        told = {"Authorization", "X-Auth-Token"} & {name.title() for name in where.requests[-1][1]}
        assert bool(told) == (not elsewhere)


def test_a_redirection_that_old_pythons_do_not_know_is_followed(
    fetch: Fetch, source: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in Python 3.8 to 3.10.
    monkeypatch.delattr(HTTPRedirectHandler, "http_error_308")
    known = HTTPRedirectHandler.redirect_request

    def redirect_request(handler: Any, req: Any, fp: Any, code: int, *rest: Any) -> Any:
        assert code in (301, 302, 303, 307)
        return known(handler, req, fp, code, *rest)

    monkeypatch.setattr(HTTPRedirectHandler, "redirect_request", redirect_request)
    with objects_served(Objects({"/copy": CONTENT})) as other:
        source.moved, source.move = {"/b/k": f"{other.url}/copy"}, 308
        storage = {"s3_endpoint": source.url, "s3_access_key": "AKEY", "s3_secret_key": "s3cr3t"}
        assert fetch(storage, url="s3://b/k").read_bytes() == CONTENT
        assert "Authorization" in source.requests[0][1]
        assert "Authorization" not in other.requests[0][1]


def test_an_s3_signature_is_the_one_of_the_reference(program: ModuleType) -> None:
    # "Example: GET Object" in the Amazon S3 API reference, "Authenticating Requests: Using the Authorization Header".
    del program
    from model_sources import signature_v4  # noqa: PLC0415  # found only now

    headers = signature_v4(
        "https://examplebucket.s3.amazonaws.com/test.txt",
        {"Range": "bytes=0-9"},
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "us-east-1",
        datetime(2013, 5, 24, tzinfo=UTC),
    )
    assert headers["Authorization"].endswith(
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


@pytest.mark.parametrize(
    ("url", "storage", "message"),
    [
        ("s3://b/k", {}, "object_storage has no s3_endpoint"),
        ("s3://b/k", {"s3_endpoint": "http://x", "s3_access_key": "a"}, "object_storage has no s3_secret_key"),
        ("swift://c/o", {"auth_url": "http://x"}, "has no application_credential_id, application_credential_secret"),
        ("ftp://c/o", {}, "ftp: cannot be fetched from"),
    ],
)
def test_what_is_missing_is_told(
    fetch: Fetch, program: ModuleType, url: str, storage: dict[str, str], message: str
) -> None:
    with pytest.raises(program.RefusedError, match=message):
        fetch(storage, url=url)

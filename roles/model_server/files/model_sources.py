# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests for objects at a web server, in S3 and in Swift. It needs Python 3.8 and nothing else."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

TIMEOUT = 30
"""Seconds without any answer after which a request is given up."""
EMPTY = hashlib.sha256(b"").hexdigest()
AGENT = {"User-Agent": "model_serving.openstack"}
SECRET = ("Authorization", "X-auth-token")
"""Headers that let in, as a request writes them."""


class Redirects(HTTPRedirectHandler):
    """Follows redirections. What lets in at one server is not told to another one, nor without encryption."""

    http_error_308 = HTTPRedirectHandler.http_error_302  # which Python 3.10 does not know

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Request | None:
        following = super().redirect_request(req, fp, min(code, 307), msg, headers, newurl)
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        encrypted = (before.scheme, after.scheme) == ("http", "https") and before.hostname == after.hostname
        if following is not None and not encrypted and before[:2] != after[:2]:
            for name in SECRET:
                following.remove_header(name)
        return following


ask = build_opener(Redirects).open


class SourceError(Exception):
    """A source that cannot be used as it is described; the text says why."""


def shown(url: str) -> str:
    """Return a URL without what may be secret in it: what is behind the path."""
    return url.partition("?")[0]


def request_for(url: str, storage: Mapping[str, str], headers: Mapping[str, str]) -> Request:
    """Return a request for an object. What it needs to be let in is asked for anew each time.

    :raises SourceError: when something is missing for that
    :raises OSError: when the identity service does not answer as it should
    """
    scheme, _colon, rest = url.partition("://")
    if scheme in ("http", "https"):
        return Request(url, headers={**AGENT, **headers})
    container, _slash, name = rest.partition("/")
    if scheme == "s3":
        return _s3(container, name, storage, headers)
    if scheme == "swift":
        return _swift(container, name, storage, headers)
    raise SourceError(f"{scheme}: cannot be fetched from")


def _needed(storage: Mapping[str, str], *names: str) -> list[str]:
    missing = [name for name in names if not storage.get(name)]
    if missing:
        raise SourceError(f"object_storage has no {', '.join(missing)}")
    return [storage[name] for name in names]


def _s3(bucket: str, key: str, storage: Mapping[str, str], headers: Mapping[str, str]) -> Request:
    """Return a request with the bucket in its path, as gateways without a DNS name for each bucket need it."""
    (endpoint,) = _needed(storage, "s3_endpoint")
    url = f"{endpoint.rstrip('/')}/{quote(bucket)}/{quote(key)}"
    if not storage.get("s3_access_key"):
        return Request(url, headers={**AGENT, **headers})
    access, secret = _needed(storage, "s3_access_key", "s3_secret_key")
    region = storage.get("s3_region") or "us-east-1"
    signed = signature_v4(url, headers, access, secret, region, datetime.now(timezone.utc))
    return Request(url, headers={**AGENT, **headers, **signed})


def signature_v4(
    url: str, headers: Mapping[str, str], access: str, secret: str, region: str, now: datetime
) -> dict[str, str]:
    """Return the headers that sign a GET request without a body ("Signature Version 4" of the S3 API reference)."""
    parts = urlsplit(url)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    added = {"x-amz-content-sha256": EMPTY, "x-amz-date": stamp}
    every = {"host": parts.netloc, **added, **{name.lower(): value for name, value in headers.items()}}
    names = ";".join(sorted(every))
    lines = "".join(f"{name}:{every[name].strip()}\n" for name in sorted(every))
    canonical = f"GET\n{parts.path}\n{parts.query}\n{lines}\n{names}\n{EMPTY}"
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), text):
        digest = hmac.new(key, part.encode(), hashlib.sha256)
        key = digest.digest()
    credential = f"Credential={access}/{scope},SignedHeaders={names},Signature={digest.hexdigest()}"
    return {**added, "Authorization": f"AWS4-HMAC-SHA256 {credential}"}


def _swift(container: str, name: str, storage: Mapping[str, str], headers: Mapping[str, str]) -> Request:
    """Return a request with a token for the application credential."""
    auth_url, credential, secret = _needed(
        storage, "auth_url", "application_credential_id", "application_credential_secret"
    )
    base = auth_url.rstrip("/")
    base = base if base.endswith("/v3") else f"{base}/v3"
    identity = {"methods": ["application_credential"], "application_credential": {"id": credential, "secret": secret}}
    body = json.dumps({"auth": {"identity": identity}}).encode()
    asked = Request(f"{base}/auth/tokens", body, {**AGENT, "Content-Type": "application/json"})
    with ask(asked, timeout=TIMEOUT) as answer:
        token = answer.headers["X-Subject-Token"]
        catalog = json.load(answer)["token"]["catalog"]
    endpoint = _object_store(catalog, storage.get("region_name"))
    url = f"{endpoint.rstrip('/')}/{quote(container)}/{quote(name)}"
    return Request(url, headers={**AGENT, **headers, "X-Auth-Token": token})


def _object_store(catalog: list[dict[str, Any]], region: str | None) -> str:
    for service in catalog:
        if service["type"] == "object-store":
            for endpoint in service["endpoints"]:
                if endpoint["interface"] == "public" and region in (None, endpoint["region"]):
                    return str(endpoint["url"])
    raise SourceError("the identity service knows no public object store" + (f" in region {region}" if region else ""))

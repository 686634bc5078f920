# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Octavia's two certificate authorities and its client certificate, with which it talks to amphorae."""

from __future__ import annotations

import os
from pathlib import Path

from .layout import Cloud, run

DAYS = "3650"


def ensure(cloud: Cloud) -> list[str]:
    """Make what is missing; the client's certificate is written last, so a half-made set is made again."""
    directory = cloud.etc / "octavia" / "certs"
    if (directory / "client.pem").exists():
        return []
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    secret = {**os.environ, "CA_PASSPHRASE": cloud.secret("service")}
    for name in ("server_ca", "client_ca"):
        _authority(directory, name, secret)
    _client(directory, secret)
    return ["Octavia's certificates made"]


def _authority(directory: Path, name: str, secret: dict[str, str]) -> None:
    key = directory / f"{name}.key"
    run("openssl", "genrsa", "-aes256", "-passout", "env:CA_PASSPHRASE", "-out", key, "2048", env=secret)
    extensions = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    subject = ("-subj", f"/O=local-cloud/CN=octavia-{name}", "-days", DAYS, "-sha256")
    target = ("-out", directory / f"{name}.pem")
    run(
        "openssl",
        "req",
        "-x509",
        "-new",
        "-key",
        key,
        "-passin",
        "env:CA_PASSPHRASE",
        *subject,
        *extensions,
        *target,
        env=secret,
    )


def _client(directory: Path, secret: dict[str, str]) -> None:
    key, request, certificate = directory / "client.key", directory / "client.csr", directory / "client.crt"
    run(
        "openssl",
        "req",
        "-new",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        key,
        "-subj",
        "/O=local-cloud/CN=octavia",
        "-out",
        request,
    )
    usage = directory / "client.ext"
    usage.write_text(
        "basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\nkeyUsage=digitalSignature\n", encoding="utf-8"
    )
    authority = (
        "-CA",
        directory / "client_ca.pem",
        "-CAkey",
        directory / "client_ca.key",
        "-passin",
        "env:CA_PASSPHRASE",
        "-CAcreateserial",
    )
    terms = ("-days", DAYS, "-sha256", "-extfile", usage, "-out", certificate)
    run("openssl", "x509", "-req", "-in", request, *authority, *terms, env=secret)
    both = directory / "client.pem.new"
    both.write_text(certificate.read_text(encoding="ascii") + key.read_text(encoding="ascii"), encoding="ascii")
    both.chmod(0o600)
    both.rename(directory / "client.pem")

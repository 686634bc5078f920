# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates: those with which Octavia and its amphorae know each other, and one for services that speak HTTPS."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .layout import Cloud, run

DAYS = "3650"
REFERENCE = "local-cloud"
"""How users refer to the certificate of services, in place of what a key manager would call it."""
AUTHORITY = "services-ca.pem"
"""What clients of services trust; beside clouds.yaml."""
FLOATING_IPS = ("198.51.100", "127.51.100")
"""The first three numbers of floating IPs, and of the addresses at which the machine reaches them."""


def ensure(cloud: Cloud) -> list[str]:
    """Make what is missing; the last file of a set is written last, so a half-made set is made again."""
    directory = cloud.etc / "octavia" / "certs"
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    secret = {**os.environ, "CA_PASSPHRASE": cloud.secret("service")}
    done = []
    if not (directory / "client.pem").exists():
        _octavia(directory, secret)
        done.append("Octavia's certificates made")
    if not (cloud.directory / AUTHORITY).exists():
        _services(cloud, directory, secret)
        done.append("a certificate for services made")
    return done


def _octavia(directory: Path, secret: dict[str, str]) -> None:
    for name in ("server_ca", "client_ca"):
        _authority(directory, name, f"octavia-{name}", secret)
    certificate, key = _signed(directory, "client", "octavia", "client_ca", "extendedKeyUsage=clientAuth", secret)
    both = directory / "client.pem.new"
    both.write_text(certificate.read_text(encoding="ascii") + key.read_text(encoding="ascii"), encoding="ascii")
    both.chmod(0o600)
    both.rename(directory / "client.pem")


def _services(cloud: Cloud, directory: Path, secret: dict[str, str]) -> None:
    """Put a certificate for every floating IP where Octavia's C(local_cert_manager) looks for it."""
    _authority(directory, "services_ca", "services", secret)
    names = ",".join(f"IP:{network}.{number}" for network in FLOATING_IPS for number in range(1, 255))
    extensions = f"extendedKeyUsage=serverAuth\nsubjectAltName={names}"
    made = _signed(directory, "services", "services", "services_ca", extensions, secret)
    for path in made:
        shutil.copy(path, cloud.state / "octavia" / "tls" / f"{REFERENCE}{path.suffix}")
    shutil.copy(directory / "services_ca.pem", cloud.directory / AUTHORITY)


def _authority(directory: Path, name: str, title: str, secret: dict[str, str]) -> None:
    key = directory / f"{name}.key"
    run("openssl", "genrsa", "-aes256", "-passout", "env:CA_PASSPHRASE", "-out", key, "2048", env=secret)
    extensions = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    subject = ("-subj", f"/O=local-cloud/CN={title}", "-days", DAYS, "-sha256")
    unlock = ("-passin", "env:CA_PASSPHRASE")
    target = ("-out", directory / f"{name}.pem")
    run("openssl", "req", "-x509", "-new", "-key", key, *unlock, *subject, *extensions, *target, env=secret)


def _signed(
    directory: Path, name: str, title: str, authority: str, extensions: str, secret: dict[str, str]
) -> tuple[Path, Path]:
    """Make a key and a certificate; return the paths of certificate and key.

    :param extensions: of the certificate, beside those that every one has
    """
    key, request, certificate = (directory / f"{name}.{suffix}" for suffix in ("key", "csr", "crt"))
    subject = ("-subj", f"/O=local-cloud/CN={title}")
    run("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, *subject, "-out", request)
    usage = directory / f"{name}.ext"
    common = "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n"
    # RFC 5280: a certificate names the key that signed it; OpenSSL does so by itself from version 3 on.
    usage.write_text(f"{common}authorityKeyIdentifier=keyid\n{extensions}\n", encoding="utf-8")
    signer = ("-CA", directory / f"{authority}.pem", "-CAkey", directory / f"{authority}.key")
    unlock = ("-passin", "env:CA_PASSPHRASE", "-CAcreateserial")
    terms = ("-days", DAYS, "-sha256", "-extfile", usage, "-out", certificate)
    run("openssl", "x509", "-req", "-in", request, *signer, *unlock, *terms, env=secret)
    return certificate, key

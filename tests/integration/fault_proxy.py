# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy of `make faults`: mitmproxy between the collection and a cloud, a port for each of its services."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import openstack
import yaml
from sources import ROOT

MITMDUMP = ROOT / ".cache" / "faults" / "bin" / "mitmdump"
INJECTOR = Path(__file__).with_name("fault_injector.py")
# A service's port at the proxy is this much higher, unless its user says otherwise.
ABOVE = 20000
API_TIMEOUT = 20  # seconds
STARTED_WITHIN = ENDED_WITHIN = 30.0  # seconds


def ways(clouds_yaml: Path) -> dict[str, str]:
    """Return the addresses of the cloud's services, by their kind."""
    config = openstack.config.OpenStackConfig(config_files=[str(clouds_yaml)], load_envvars=False)
    with openstack.connection.Connection(config=config.get_one("local")) as conn:
        return {
            entry["type"]: next(each["url"] for each in entry["endpoints"] if each["interface"] == "public")
            for entry in conn.service_catalog
        }


def higher(url: str, above: int = ABOVE) -> str:
    """Return the address at the proxy."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"127.0.0.1:{(parts.port or 80) + above}").geturl()


class Proxy:
    """A running proxy; C(clouds_yaml) leads through it.

    :param script: what it does with requests
    :param above: how much higher its ports are than the services'
    """

    def __init__(self, direct: Path, folder: Path, script: Path = INJECTOR, above: int = ABOVE) -> None:
        self.script, self.above = script, above
        self.services = ways(direct)
        self.folder = folder
        self.clouds_yaml = folder / "clouds-faults.yaml"
        cloud: dict[str, Any] = yaml.safe_load(direct.read_text(encoding="utf-8"))["clouds"]["local"]
        self.control = higher(cloud["auth"]["auth_url"], above).rsplit("/", 1)[0] + "/_faults"
        cloud["auth"]["auth_url"] = higher(cloud["auth"]["auth_url"], above)
        cloud["api_timeout"] = API_TIMEOUT
        for kind, url in self.services.items():
            cloud[f"{kind.replace('-', '_')}_endpoint_override"] = higher(url, above)
        self.clouds_yaml.touch(mode=0o600)
        self.clouds_yaml.write_text(yaml.safe_dump({"clouds": {"local": cloud}}), encoding="utf-8")

    @property
    def kinds(self) -> dict[int, str]:
        """The kinds of services by the ports of their addresses."""
        return {urlsplit(url).port or 80: kind for kind, url in self.services.items()}

    @contextlib.contextmanager
    def running(self) -> Iterator[Proxy]:
        modes = []
        for url in sorted(set(self.services.values())):
            parts = urlsplit(url)
            modes += ["--mode", f"reverse:http://{parts.netloc}@127.0.0.1:{(parts.port or 80) + self.above}"]
        # Services make links from the name they are asked by.
        options = ["--set", "keep_host_header=true", "--set", "connection_strategy=lazy", "--set", "flow_detail=0"]
        with (self.folder / "proxy.log").open("w", encoding="utf-8") as log:
            words = [str(MITMDUMP), "--quiet", "--scripts", str(self.script), *modes, *options]
            process = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT)
            try:
                self._wait(process)
                yield self
            finally:
                process.terminate()
                try:
                    process.wait(ENDED_WITHIN)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + STARTED_WITHIN
        while process.poll() is None and time.monotonic() < end:
            time.sleep(0.5)
            with contextlib.suppress(OSError):
                self.seen()
                # Another one at the same ports may have answered; then this one ends at once.
                time.sleep(1)
                if process.poll() is None:
                    return
        raise SystemExit(f"the proxy did not start, see {self.folder / 'proxy.log'}")

    def tell(self, faults: list[dict[str, Any]]) -> None:
        """Give the faults to come, and count from nought."""
        self._ask(json.dumps(faults).encode())

    def seen(self) -> dict[str, Any]:
        """Return how many requests there were, and the faults that were met."""
        return self._ask(None)

    def asked(self) -> Counter[str]:
        """Return how many requests there were to each kind of service."""
        by_port = self.seen()["asked"]
        return Counter({kind: by_port.get(str(port), 0) for port, kind in self.kinds.items()})

    def _ask(self, body: bytes | None) -> dict[str, Any]:
        with urllib.request.urlopen(self.control, data=body, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

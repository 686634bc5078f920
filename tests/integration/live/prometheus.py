# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Prometheus of the test's own, where the cloud's Aodh looks for one, and a metric that the test sets."""

from __future__ import annotations

import http.server
import json
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openstack.connection import Connection

PORT = 19090
"""C(local_cloud_prometheus_port) of the role C(local_cloud)."""
METRIC = "requests_in_flight"


class Gauge:
    """What is scraped: one metric on the loopback."""

    def __init__(self) -> None:
        self.value = 0.0
        gauge = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(f"{METRIC} {gauge.value}\n".encode())

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"


def known(query: str) -> list[object]:
    """Return what Prometheus answers, nothing while it does not."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/api/v1/query?query={query}", timeout=5) as answer:
            found: list[object] = json.load(answer)["data"]["result"]
    except (urllib.error.URLError, ConnectionError):
        return []
    return found


@pytest.fixture
def gauge(cloud: Connection, tmp_path: Path) -> Iterator[Gauge]:
    """Scraped each second by a Prometheus that knows the metric already.

    Aodh adds the label C(project) to each metric of a query, so that a project sees what is its own.
    """
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("there is no prometheus to start")
    made = Gauge()
    labels = {"project": cloud.current_project_id}
    scraped = [{"job_name": "test", "static_configs": [{"targets": [made.target], "labels": labels}]}]
    config = {"global": {"scrape_interval": "1s"}, "scrape_configs": scraped}
    (tmp_path / "prometheus.yml").write_text(json.dumps(config), encoding="utf-8")
    files = [f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data"]
    with (tmp_path / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [program, *files, f"--web.listen-address=127.0.0.1:{PORT}"], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 60
        while not known(METRIC) and time.monotonic() < deadline:
            time.sleep(0.5)
        assert known(METRIC), (tmp_path / "log").read_text(encoding="utf-8")
        yield made
    finally:
        process.terminate()
        process.wait(30)
        made.server.shutdown()
        made.server.server_close()

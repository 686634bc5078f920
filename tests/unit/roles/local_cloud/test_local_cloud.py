# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the local cloud's program that work without a cloud."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from local_cloud import databases, fakes, files, haproxy, layout, metrics, power, processes, status

from ansible_collections.model_serving.openstack.plugins.module_utils._autoscaling_scaling_options import OF_GNOCCHI

from ...templates import ROOT, read, value_of


@pytest.mark.parametrize(
    ("program", "service", "expected"),
    [
        (
            layout.Program("nova-conductor", "control", "nova-conductor --config-file /c/etc/nova/nova.conf"),
            "nova",
            True,
        ),
        (
            layout.Program("nova-conductor", "control", "nova-conductor --config-file /c/etc/nova/nova.conf"),
            "heat",
            False,
        ),
        (layout.Program("nova-api", "apis", "uwsgi --module nova.wsgi"), "nova", True),
        (layout.Program("octavia-api", "apis", "uwsgi --module octavia.wsgi"), "nova", False),
    ],
)
def test_program_knows_whose_configuration_it_reads(program: layout.Program, service: str, expected: bool) -> None:
    assert program.uses(service) is expected


def test_hosts_have_hardware_addresses_of_their_own_that_stay() -> None:
    nodes = [layout.Node(f"compute{index}", index) for index in range(1, 10)]
    assert [node.mac for node in nodes[:2]] == ["02:00:c0:00:02:0b", "02:00:c0:00:02:0c"]
    assert len({node.mac for node in nodes}) == len(nodes)


def test_configure_writes_only_what_differs(tmp_path: Path) -> None:
    wanted = {"etc/a/a.conf": "one", "clouds.yaml": "two"}
    assert files.configure(tmp_path, wanted) == list(wanted)
    assert files.configure(tmp_path, wanted) == []
    assert files.configure(tmp_path, {**wanted, "clouds.yaml": "three"}) == ["clouds.yaml"]
    assert (tmp_path / "clouds.yaml").read_text(encoding="utf-8") == "three"


def test_configuration_is_for_its_owner_only(tmp_path: Path) -> None:
    files.configure(tmp_path, {"clouds.yaml": "password"})
    assert (tmp_path / "clouds.yaml").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("all is well\n", ""),
        ("12:00 ERROR first\n12:01 INFO fine\n", "12:00 ERROR first"),
        ("12:00 ERROR first\n12:01 CRITICAL second\nnothing\n", "12:01 CRITICAL second"),
        ("MIRRORED is no error\n", ""),
    ],
)
def test_last_complaint(tmp_path: Path, log: str, expected: str) -> None:
    path = tmp_path / "service.log"
    path.write_text(log, encoding="utf-8")
    assert status.last_complaint(path) == expected


def test_last_complaint_of_a_service_that_never_ran(tmp_path: Path) -> None:
    assert status.last_complaint(tmp_path / "none.log") == ""


def test_failed_command_says_what_it_said() -> None:
    with pytest.raises(layout.CloudError, match=r"`sh -c echo no >&2; exit 3` ended with 3: no"):
        layout.run("sh", "-c", "echo no >&2; exit 3")


def test_waiting_says_what_is_missing_at_the_end() -> None:
    missing = ["compute1", "compute2"]

    with pytest.raises(layout.CloudError, match=r"^waited 0 s for nova-compute on compute2 in vain$"):
        processes.wait_for(lambda: not missing.pop(0), 0, lambda: f"nova-compute on {', '.join(missing)}")


def test_cloud_is_read_from_its_description(tmp_path: Path) -> None:
    description = {
        "hypervisors": [{"name": "compute1", "zone": "az1", "index": 1}],
        "programs": [{"name": "memcached", "stage": "infrastructure", "command": "memcached", "ready": "tcp 1"}],
    }
    files.configure(tmp_path, {"etc/cloud.json": json.dumps(description)})
    cloud = layout.Cloud.load(tmp_path)
    assert [node.namespace for node in cloud.nodes] == ["lc-network1", "lc-compute1"]
    assert cloud.programs == [layout.Program("memcached", "infrastructure", "memcached", ready="tcp 1")]


def test_fake_hypervisors_have_no_part_in_networks(tmp_path: Path) -> None:
    real, fake = {"name": "compute1", "index": 1, "zone": "az1"}, {"name": "fake1", "index": 101, "zone": "fake"}
    cloud = layout.Cloud(tmp_path, {"hypervisors": [real], "fake_hypervisors": [fake]})
    assert [node.name for node in cloud.fakes] == ["fake1"]
    assert "fake1" not in [node.name for node in cloud.nodes]


@pytest.mark.parametrize(
    ("host", "expected"), [("fake1", True), ("fake12", True), ("compute1", False), ("fakes", False)]
)
def test_only_hosts_named_so_are_removed_with_the_option(host: str, expected: bool) -> None:
    assert bool(fakes.NAME.fullmatch(host)) is expected


def test_no_cloud_is_an_error_that_names_the_directory(tmp_path: Path) -> None:
    with pytest.raises(layout.CloudError, match=str(tmp_path)):
        layout.Cloud.load(tmp_path)


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ({10}, {10, 11, 12, 13}),
        ({11, 20}, {11, 12, 13, 20}),
        ({13}, {13}),
        (set(), set()),
    ],
)
def test_a_host_loses_its_guests_with_its_power(family: set[int], expected: set[int]) -> None:
    parents = {10: 1, 11: 10, 12: 11, 13: 12, 20: 1}
    assert processes.with_descendants(family, parents) == expected


def test_only_a_hypervisor_has_power_to_take(tmp_path: Path) -> None:
    files.configure(tmp_path, {"etc/cloud.json": json.dumps({"hypervisors": [], "programs": []})})
    with pytest.raises(layout.CloudError, match="no hypervisor 'network1'"):
        power.off(layout.Cloud.load(tmp_path), "network1")


def test_only_programs_of_the_cloud_are_killed(tmp_path: Path) -> None:
    files.configure(tmp_path, {"etc/cloud.json": json.dumps({"hypervisors": [], "programs": []})})
    with pytest.raises(layout.CloudError, match="no program nova-api"):
        power.kill(layout.Cloud.load(tmp_path), ["nova-api"])


@pytest.mark.parametrize(
    ("unfinished", "expected"),
    [
        ([], []),
        (["neutron"], ["neutron"]),
        (["nova", "aodh"], ["nova", "nova_api", "nova_cell0", "aodh"]),
    ],
)
def test_only_databases_of_unfinished_schemas_are_made_anew(unfinished: list[str], expected: list[str]) -> None:
    sql = databases.statements("secret", unfinished)
    assert [line for line in sql if line.startswith("DROP")] == [
        f"DROP DATABASE IF EXISTS {name};" for name in expected
    ]
    assert sum(line.startswith("CREATE DATABASE IF NOT EXISTS") for line in sql) == 11


def test_balancers_answer_the_request_that_a_reload_meets() -> None:
    base = "defaults\n    retries 3\n    option http-keep-alive\n\n{% block proxies %}"
    expected = (
        "defaults\n    retries 3\n    option http-keep-alive\n    option idle-close-on-response\n\n{% block proxies %}"
    )
    assert haproxy.with_option(base) == expected
    assert haproxy.with_option(expected) == expected


def test_another_template_of_octavia_is_refused() -> None:
    with pytest.raises(layout.CloudError, match=r"base\.j2 has no line 'option http-keep-alive'"):
        haproxy.with_option("defaults\n")


@pytest.mark.parametrize("ports", [[22, 8080], "22,8080"])
@pytest.mark.parametrize(("template", "line"), [("programs.yml.j2", "relay.py from"), ("usage.txt.j2", "on the ports")])
def test_ports_of_floating_ips_may_be_a_text(template: str, line: str, ports: object) -> None:
    text = (ROOT / "roles/local_cloud/templates" / template).read_text(encoding="utf-8")
    (said,) = [each for each in text.splitlines() if line in each]
    facts = {**read("roles/local_cloud/vars/main.yml"), "local_cloud_dir": "/c", "local_cloud_relay_ports": ports}

    assert str(value_of(said, facts)).endswith(" 22 8080")


def test_the_usual_period_of_a_metric_is_kept() -> None:
    """Else the alarms of a group that names none would never have data, and nothing would say so."""
    kept = [each["granularity"] for each in metrics.ARCHIVE_POLICY["definition"]]
    publisher = read("roles/local_cloud/templates/etc/ceilometer/pipeline.yaml.j2")["sinks"][0]["publishers"][0]

    assert f"{OF_GNOCCHI}s" in kept
    assert f"archive_policy={metrics.ARCHIVE_POLICY['name']}&" in publisher

# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from examples import example

from ansible_collections.model_serving.openstack.plugins.filter.service_arguments import service_arguments

from ..documentation import documentation, role_options

ROOT = Path(__file__).resolve().parents[4]
SPEC = role_options("preflight", "service")["model_service"]["options"]
EXAMPLE = example()
MINIMAL = {
    "name": "a",
    "replicas": 1,
    "image": "b",
    "flavor": "c",
    "network": "d",
    "models": [{"name": "e", "path": "f"}],
}


def problems(service: Any) -> list[str]:
    found: list[str] = service_arguments(service, SPEC)["problems"]
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "playbooks/examples").glob("*.yml")), ids=lambda path: path.stem)
def test_examples_are_right(path: Path) -> None:
    service = yaml.safe_load(path.read_text(encoding="utf-8")).get("model_service")
    assert (service is None) == (path.stem == "local_cloud")
    assert service is None or problems(service) == []


def test_defaults_are_filled_in_at_every_level() -> None:
    service = service_arguments(MINIMAL, SPEC)["service"]
    assert service["port"] == 8080
    assert service["runtime"] == "onnxruntime"
    model = {
        "name": "e",
        "path": "f",
        "version": "1",
        "url": None,
        "unpack": False,
        "sha256": None,
        "known_answer": None,
    }
    assert service["models"] == [model]
    assert service["runtime_options"]["container_engine"] == "podman"
    assert service["anti_affinity"] == {
        "policy": "anti-affinity",
        "max_server_per_host": None,
        "fallback": "none",
    }
    assert service["load_balancer"]["healthmonitor"]["delay"] == 5
    assert service["key_name"] is None
    assert (service["fixed_ports"], service["boot_volume"], service["lock"]) == (False, None, None)


def test_values_are_typed_as_ansible_does() -> None:
    service = service_arguments({**MINIMAL, "replicas": "3", "config_drive": "yes", "image": 7}, SPEC)["service"]
    assert (service["replicas"], service["config_drive"], service["image"]) == (3, True, "7")


def test_whole_numbers_are_texts_as_they_were_written() -> None:
    model = {"name": "e", "path": "f", "version": 2}
    service = service_arguments({**MINIMAL, "models": [model], "tags": [7]}, SPEC)["service"]
    assert (service["models"][0]["version"], service["tags"]) == ("2", ["7"])


def test_the_input_stays_as_it_is() -> None:
    given: dict[str, Any] = {**MINIMAL, "load_balancer": {}}
    service_arguments(given, SPEC)
    assert given["load_balancer"] == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": None}, "model_service.image is missing"),
        ({"replicas": "three"}, "model_service.replicas is 'three', but must be of type int"),
        ({"replicas": 0}, "model_service.replicas is 0, but must be at least 1"),
        ({"image": ["a"]}, "model_service.image must be a text, not a list"),
        (
            {"availability_zones": {"a": 1}},
            "model_service.availability_zones is a mapping, but must be of type list of str",
        ),
        ({"image": 22.10}, "model_service.image is the number 22.1: put it into quotes, because YAML drops zeros"),
        ({"tags": ["v", 1.10]}, "model_service.tags[1] is the number 1.1: put it into quotes"),
        ({"tags": 1.10}, "model_service.tags[0] is the number 1.1: put it into quotes"),
        ({"models": [{"name": "e", "path": "f", "version": 1.10}]}, "models[0].version is the number 1.1: put it into"),
        ({"fleets": [{"name": 1.0, "replicas": 1}]}, "model_service.fleets[0].name is the number 1.0: put it into"),
        ({"object_storage": {"s3_secret_key": 1.10}}, "object_storage.s3_secret_key is a number: put it into quotes"),
        (
            {"runtime_options": {"command": ["/bin/a", 0.50]}},
            "runtime_options.command[1] is the number 0.5: put it into",
        ),
        ({"models": {"name": "e"}}, "model_service.models must be a list, not a mapping"),
        ({"models": []}, "model_service.models is empty: name at least one model"),
        ({"models": ["e"]}, "model_service.models[0] must be a mapping of options, not a text"),
        ({"models": [{"path": "f"}]}, "model_service.models[0].name is missing"),
        ({"models": [{"name": "../e", "path": "f"}]}, "model_service.models[0].name is '../e', but must be letters"),
        ({"models": [{"name": "e", "path": "f"}] * 2}, "model_service.models has 2 models named 'e'"),
        ({"load_balancer": "ovn"}, "model_service.load_balancer must be a mapping of options, not a text"),
        (
            {"load_balancer": {"answer_timeout": 0}},
            "model_service.load_balancer.answer_timeout is 0, but must be between 1 and 2073600 seconds",
        ),
        ({"load_balancer": {"port": 0}}, "model_service.load_balancer.port is 0, but must be between 1 and 65535"),
        (
            {"load_balancer": {"protocol": "http"}},
            "model_service.load_balancer.protocol is 'http', but must be one of HTTP, TCP",
        ),
        (
            {"load_balancer": {"healthmonitor": {"dely": 1}}},
            "model_service.load_balancer.healthmonitor has the unknown option dely",
        ),
        (
            {"flavour": "c", "imag": "b"},
            "model_service has the unknown options flavour, imag (known: additional_networks,",
        ),
        (
            {"additional_networks": ["a", {"network": "b", "subnet": "c"}]},
            "model_service.additional_networks[1]: 'subnet' can be set on ports that the fleet makes only",
        ),
        ({"boot_volume": {"size": -1}}, "model_service.boot_volume.size is -1, but must be at least 1"),
        ({"boot_volume": {"volume_type": "ssd"}}, "model_service.boot_volume.size is missing"),
        ({"tags": ["a/b"]}, "model_service.tags has 'a/b', but a tag has 1 to 60 characters"),
        ({"description": "x" * 256}, "model_service.description has 256 characters"),
        ({"lock": "maybe"}, "model_service.lock is 'maybe', but must be of type bool"),
        ({"rollout": {"max_surge": -1}}, "model_service.rollout: 'max_surge' must not be negative"),
        ({"rollout": {"max_surge": 0}}, "model_service.rollout: 'max_surge: 0' needs 'max_unavailable'"),
        ({"health": {"readiness_url": "x"}}, "model_service.health: 'readiness_url: x' must be an http"),
        ({"health": {"readiness_url": "http://a:b@{address}/"}}, "model_service.health: 'readiness_url' has an '@'"),
        ({"health": {"max_unhealthy_percentage": 101}}, "model_service.health: 'max_unhealthy_percentage' must be"),
        ({"replicas": 2**40}, "model_service.replicas is beyond 2147483647, the most that a service keeps"),
        ({"weight": float("inf")}, "model_service.weight cannot be read as int"),
        ({"autoscaling": {"min_size": 0}}, "model_service.autoscaling.min_size is 0, but must be at least 1"),
        (
            {"autoscaling": {"step_scaling": [{"metrc": "x", "steps": [{"lower_bound": 1, "adjustment": 1}]}]}},
            "model_service.autoscaling.step_scaling[0] has the unknown option metrc",
        ),
        (
            {"autoscaling": {"step_scaling": [{"steps": [{"lower_bound": 1}]}]}},
            "model_service.autoscaling.step_scaling[0].steps[0].adjustment is missing",
        ),
        ({"autoscaling": {"target_tracking": {"target_value": 0}}}, "autoscaling.target_tracking': the target value"),
        (
            {"fleets": [{"name": "b", "replicas": 1, "autoscaling": {"readiness_timeout": 0}}]},
            "model_service.fleets[0].autoscaling.readiness_timeout is 0, but must be between 1 and 43200 seconds",
        ),
        ({"metadata": {"model_serving.x": 1}}, "model_service.metadata has the key 'model_serving.x', but keys with"),
        ({"metadata": {1: "x" * 256}}, "model_service.metadata has the key '1', whose name or value exceeds 255"),
        ({"metadata": {"a/b": 1}}, "model_service.metadata has the key 'a/b', but Nova takes letters, digits, spaces"),
        ({"metadata": {"a": ["b"]}}, "model_service.metadata has the key 'a' with a list, but Nova keeps one text"),
        ({"name": "-a"}, "model_service.name is '-a', but must be lowercase letters"),
        ({"name": "a" * 49}, "but must be lowercase letters, digits and dashes, at most 48"),
        (
            {"security_group": {"allowed_cidrs": ["10.0.0.1/8"]}},
            "model_service.security_group.allowed_cidrs[0] is no network",
        ),
        (
            {"anti_affinity": {"policy": "soft-anti-affinity", "max_server_per_host": 2}},
            "model_service.anti_affinity.max_server_per_host goes with the policy 'anti-affinity' only",
        ),
        (
            {"anti_affinity": {"max_server_per_host": 0}},
            "model_service.anti_affinity.max_server_per_host is 0, but must be at least 1",
        ),
    ],
)
def test_one_mistake_is_one_message(change: dict[str, Any], message: str) -> None:
    found = problems({**MINIMAL, **change})
    assert len(found) == 1
    assert message in found[0]


def test_all_mistakes_are_told() -> None:
    assert len(problems({"replicas": [], "colour": "blue", "models": [{}, {"name": []}]})) == 8


@pytest.mark.parametrize(
    "change",
    [
        {"runtime_options": {"environment": [{"name": "HF_TOKEN", "value": "hf_secret"}]}},
        {"runtime_options": {"environment": "HF_TOKEN: hf_secret"}},
        {"runtime_options": {"arguments": {"--api-key": "hf_secret"}}},
        {"runtime_options": "environment: {HF_TOKEN: hf_secret}"},
        {"object_storage": "s3_secret_key: hf_secret"},
        {"object_storage": {"s3_secret_key": ["hf_secret"]}},
        {"models": ["https://models.example/digits?signature=hf_secret"]},
        {"models": "https://models.example/digits?signature=hf_secret"},
    ],
    ids=str,
)
def test_a_secret_in_the_wrong_shape_is_not_told(change: dict[str, Any]) -> None:
    found = problems({**MINIMAL, **change})
    assert found
    assert "secret" not in " ".join(found).replace("s3_secret_key", "")


@pytest.mark.parametrize(
    ("service", "message"),
    [
        (None, "model_service is missing: give a service file with -e @FILE"),
        ("text", "model_service must be a mapping of options, not a text"),
        ([], "model_service must be a mapping of options, not a list"),
    ],
)
def test_no_service_at_all_still_has_the_shape_of_one(service: Any, message: str) -> None:
    result = service_arguments(service, SPEC)
    assert result["problems"] == [message]
    assert result["service"]["load_balancer"]["provider"] is None


@pytest.mark.parametrize("option", ["target_tracking", "step_scaling"])
def test_scaling_of_a_service_has_all_options_of_the_module(option: str) -> None:
    assert set(SPEC["autoscaling"]["options"][option]["options"]) == set(
        documentation("autoscaling_group")["options"][option]["suboptions"]
    )


@pytest.mark.parametrize("option", ["rollout", "health"])
def test_replacement_in_a_service_is_that_of_the_module(option: str) -> None:
    assert set(SPEC[option]["options"]) <= set(documentation("server_fleet")["options"])

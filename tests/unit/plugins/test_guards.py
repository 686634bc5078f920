# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every module: complete documentation that is true, a twin, a test, a place in the action group."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.model_serving.openstack.plugins.module_utils._module import InfoModule, StateModule
from ansible_collections.model_serving.openstack.plugins.module_utils._options import CONNECTION

from .documentation import COLLECTION, MODULES, PLUGINS, documentation, module, returns

ROOT = PLUGINS.parent
WITHOUT_TWIN = frozenset({"autoscaling_capacity", "capacity_info", "replica", "service_info", "traffic_info"})
every_module = pytest.mark.parametrize("name", MODULES)


def argument_spec(name: str) -> dict[str, Any]:
    return {**CONNECTION, **module(name).MODULE.argument_spec}


@every_module
def test_documentation_is_complete(name: str) -> None:
    documented = documentation(name)

    assert documented["module"] == name
    assert documented["version_added"]
    assert documented["author"]
    assert {"action_group", "check_mode", "diff_mode", "idempotent"} <= documented["attributes"].keys()


@every_module
def test_documentation_and_argument_spec_say_the_same(name: str) -> None:
    assert_same(documentation(name)["options"], argument_spec(name), name)


def assert_same(documented: dict[str, Any], spec: dict[str, Any], where: str) -> None:
    assert documented.keys() == spec.keys(), where
    for option, described in documented.items():
        declared = spec[option]
        assert described["description"], f"{where}.{option}"
        for property_ in ("type", "elements", "default"):
            assert described.get(property_) == declared.get(property_), f"{where}.{option}: {property_}"
        assert bool(described.get("required")) == bool(declared.get("required")), f"{where}.{option}: required"
        for property_ in ("choices", "aliases"):
            assert list(described.get(property_, [])) == list(declared.get(property_, [])), f"{where}.{option}"
        assert_same(described.get("suboptions", {}), declared.get("options", {}), f"{where}.{option}")


@every_module
def test_examples_are_tasks_that_the_module_takes(name: str) -> None:
    tasks = yaml.safe_load(module(name).EXAMPLES)
    declaration = module(name).MODULE
    ours = [task[f"{COLLECTION}.{name}"] for task in tasks if f"{COLLECTION}.{name}" in task]
    validator = ArgumentSpecValidator(argument_spec(name), required_if=declaration.required_if)

    assert ours
    for task in tasks:
        assert task["name"]
        assert any("." in key for key in task), "modules are named in full"
    for options in ours:
        read = validator.validate(options)
        assert not read.error_messages
        if isinstance(declaration, StateModule):
            declaration.noun.desired(read.validated_parameters)


@every_module
def test_return_values_are_documented(name: str) -> None:
    for value, described in returns(name).items():
        assert described.keys() >= {"description", "returned", "type"}, value
    assert "failure" in returns(name)
    assert ("actions" in returns(name)) is isinstance(module(name).MODULE, StateModule)


@every_module
def test_module_is_in_the_action_group(name: str) -> None:
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]

    assert name in groups["openstack"]


@every_module
def test_module_has_a_unit_test(name: str) -> None:
    tests = ROOT / "tests" / "unit" / "plugins" / "modules"

    assert any(f'"{name}"' in path.read_text() for path in tests.glob(f"test_{name.removesuffix('_info')}*.py"))


@every_module
def test_state_and_info_are_twins(name: str) -> None:
    declaration = module(name).MODULE
    if name.endswith("_info"):
        assert isinstance(declaration, InfoModule)
        assert "state" not in documentation(name)["options"]
        assert documentation(name)["attributes"]["diff_mode"]["support"] == "N/A"
        assert name in WITHOUT_TWIN or name.removesuffix("_info") in MODULES
    else:
        assert isinstance(declaration, StateModule)
        assert documentation(name)["attributes"]["diff_mode"]["support"] == "full"
        # The size of a group is shown with the group, and so are replicas, or with their fleet.
        assert name in WITHOUT_TWIN or f"{name}_info" in MODULES


@every_module
def test_secrets_are_not_logged(name: str) -> None:
    spec = argument_spec(name)

    assert all(spec[option]["no_log"] for option in ("auth", "user_data") if option in spec)

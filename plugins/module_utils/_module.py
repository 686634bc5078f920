# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only file that knows AnsibleModule: options in, C(exit_json) or C(fail_json) out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.model_serving.openstack.plugins.module_utils import _connection
from ansible_collections.model_serving.openstack.plugins.module_utils._errors import (
    InvalidInputError,
    MissingLibraryError,
    ModelServingError,
    complete,
    from_sdk,
    sdk_errors,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._instance_template import encoded
from ansible_collections.model_serving.openstack.plugins.module_utils._numbers import (
    empty,
    missing,
    number_problems,
    unreadable,
)
from ansible_collections.model_serving.openstack.plugins.module_utils._options import CONNECTION, ArgumentSpec
from ansible_collections.model_serving.openstack.plugins.module_utils._outdated import carried_out
from ansible_collections.model_serving.openstack.plugins.module_utils._plan import Plan
from ansible_collections.model_serving.openstack.plugins.module_utils._project import project_id
from ansible_collections.model_serving.openstack.plugins.module_utils._secrets import masked
from ansible_collections.model_serving.openstack.plugins.module_utils._wait import Deadline

if TYPE_CHECKING:
    from openstack.connection import Connection

DesiredT = TypeVar("DesiredT")
ObservedT = TypeVar("ObservedT")
Params = Mapping[str, Any]

_DEFAULT_TIMEOUT = 300


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the reading and writing steps of one run share.

    :param conn: openstacksdk's connection
    :param deadline: when to stop waiting; what has a time of its own uses another one or restarts it
    :param wait: whether to wait until the resource is usable
    :param check_mode: only for references to what an earlier task of the play would have made: in check mode they may
        be missing. Writing or not is decided by :class:`StateModule` alone.
    :param warn: shows the user a warning
    """

    conn: Connection
    deadline: Deadline
    wait: bool = True
    check_mode: bool = False
    warn: Callable[[str], None]


class Noun(ABC, Generic[DesiredT, ObservedT]):
    """One kind of resource: how to read it, decide on it and write it.

    C(desired) and C(plan) are pure. C(observe) reads. C(apply) does what the plan says and decides nothing.
    """

    @abstractmethod
    def desired(self, params: Params) -> DesiredT:
        """Return the options as a typed value.

        :raises InvalidInputError: with every problem that can be seen without the cloud
        """

    @abstractmethod
    def observe(self, context: Context, desired: DesiredT) -> ObservedT:
        """Read everything the decision needs, with a number of calls that does not grow with the resource.

        :raises InvalidInputError: with every reference that does not exist
        """

    def observe_again(self, context: Context, desired: DesiredT, before: ObservedT) -> ObservedT:  # noqa: ARG002
        """Read the resource after C(apply). What the options refer to may be taken from C(before)."""
        return self.observe(context, desired)

    @abstractmethod
    def plan(self, desired: DesiredT, observed: ObservedT) -> Plan:
        """Return what is to be done. Pure.

        :raises InvalidInputError: when the wanted state cannot be reached from the observed one
        """

    @abstractmethod
    def apply(self, context: Context, plan: Plan) -> None:
        """Do the plan's actions in order and wait when C(context.wait). Raise OutdatedError for another plan."""

    def plan_again(self, context: Context, desired: DesiredT, before: Plan) -> Plan:  # noqa: ARG002
        """Return the plan that takes the place of an outdated one."""
        return self.plan(desired, self.observe(context, desired))

    def plan_rest(self, desired: DesiredT, observed: ObservedT) -> Plan:  # noqa: ARG002
        """Return what is left to be done after C(apply), because others changed something meanwhile. Pure."""
        return Plan()

    def settle(self, context: Context, desired: DesiredT, observed: ObservedT) -> ObservedT:  # noqa: ARG002
        """Wait for what the options ask, whoever made it so, and return it. Only with C(wait), not in check mode."""
        return observed

    @abstractmethod
    def result(self, observed: ObservedT) -> dict[str, Any]:
        """Return the module's own return values for an observed state; C(warnings) among them are shown to the user."""


class _Module(AnsibleModule):
    """Masks no more than secrets, and all of them, also when it ends over wrong options while it is being made."""

    def exit_json(self, **answer: Any) -> NoReturn:
        self._mask()
        super().exit_json(**answer)

    def fail_json(self, msg: str, **answer: Any) -> NoReturn:
        self._mask()
        super().fail_json(msg, **{**answer, "failure": complete(answer.get("failure"), msg)})

    def _mask(self) -> None:
        self.no_log_values = masked(self.no_log_values, getattr(self, "params", {}), self.argument_spec)


@dataclass(frozen=True, kw_only=True)
class _Declaration:
    argument_spec: ArgumentSpec
    required_if: Sequence[Sequence[Any]] = ()

    @property
    def _spec(self) -> ArgumentSpec:
        return {**CONNECTION, **self.argument_spec}

    def _ansible_module(self) -> AnsibleModule:
        try:
            module = self._read_options()
        except (ArithmeticError, AttributeError, TypeError, ValueError):
            self._refuse()
            raise
        absent = missing(module.params, self.required_if)
        if problems := [*absent, *empty(self._spec, module.params), *number_problems(self._spec, module.params)]:
            error = InvalidInputError(problems)
            module.fail_json(msg=error.message, failure=error.failure)
        return module

    def _refuse(self) -> None:
        """Fail with what Ansible's own validator could not read, if that is the reason why it raised something."""
        raw = {name: {"type": "raw", "no_log": option.get("no_log", False)} for name, option in self._spec.items()}
        module = _Module(argument_spec=raw, supports_check_mode=True)  # type: ignore[no-untyped-call]
        given = {name: each for name, each in module.params.items() if each is not None}
        if problems := unreadable(self._spec, given):
            error = InvalidInputError(problems)
            module.fail_json(msg=error.message, failure=error.failure)

    def _read_options(self) -> AnsibleModule:
        module = _Module(  # type: ignore[no-untyped-call]
            argument_spec=self._spec,
            required_if=self.required_if,
            supports_check_mode=True,
        )
        if user_data := module.params.get("user_data"):
            # Services quote what they refuse: Nova has it in base64, and inside of something else it has escapes.
            module.no_log_values.update((encoded(user_data), repr(user_data)[1:-1]))
        return module

    def run(self) -> None:
        """Run the module and leave the process with its JSON answer."""
        module = self._ansible_module()
        try:
            answer = self._answer(module)
        except MissingLibraryError as error:
            module.fail_json(msg=missing_required_lib(error.library), exception=error.detail)
        except ModelServingError as error:
            module.fail_json(msg=error.message, failure=error.failure)
        except sdk_errors() as error:
            # A call that was not wrapped in attempt(): less said, but never a bare traceback.
            failure = from_sdk(error, "finish the task", "in the cloud")
            module.fail_json(msg=failure.message, failure=failure.failure)
        module.exit_json(**answer)

    def _answer(self, module: AnsibleModule) -> dict[str, Any]:
        raise NotImplementedError

    def _context(self, module: AnsibleModule) -> Context:
        params = module.params
        timeout = params.get("timeout")
        conn = _connection.connect(params)
        # No module may begin without a project: services then list what is the user's in any project, or everything.
        project_id(conn)
        return Context(
            conn=conn,
            deadline=Deadline(_DEFAULT_TIMEOUT if timeout is None else timeout),
            wait=params.get("wait", True),
            check_mode=module.check_mode,
            warn=module.warn,
        )


@dataclass(frozen=True, kw_only=True)
class StateModule(_Declaration, Generic[DesiredT, ObservedT]):
    """A module that brings a resource into a state: observe, plan, then apply or not."""

    noun: Noun[DesiredT, ObservedT]

    def _answer(self, module: AnsibleModule) -> dict[str, Any]:
        noun = self.noun
        desired = noun.desired(module.params)
        context = self._context(module)
        observed = noun.observe(context, desired)
        plan = noun.plan(desired, observed)
        for warning in plan.warnings:
            module.warn(warning)
        if plan.changed and not module.check_mode:
            plan, observed = carried_out(noun, context, desired, observed, plan)
        if context.wait and not module.check_mode:
            observed = noun.settle(context, desired, observed)
        result = noun.result(observed)
        for warning in result.pop("warnings", ()):
            module.warn(warning)
        return {
            "changed": plan.changed,
            "actions": [str(action) for action in plan.actions],
            "diff": plan.diff,
            **result,
        }


@dataclass(frozen=True, kw_only=True)
class InfoModule(_Declaration):
    """A module that only reads.

    :param collect: returns the module's return values; finding nothing is an empty list, not an error
    """

    collect: Callable[[Context, Params], dict[str, Any]]

    def _answer(self, module: AnsibleModule) -> dict[str, Any]:
        return {"changed": False, **self.collect(self._context(module), module.params)}

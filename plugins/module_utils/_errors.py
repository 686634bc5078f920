# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors of the collection, and the translation of what the SDK raises into them.

Every message says what was attempted, on which resource, what the cloud answered and what to do.
The same facts are kept as data (``failure``) for playbooks that react to them.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypedDict, TypeVar

from ansible_collections.model_serving.openstack.plugins.module_utils._hints import NO_JSON, hint_of
from ansible_collections.model_serving.openstack.plugins.module_utils._terminal import without_commands

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Self

    from requests import Response


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_HasId)


class Failure(TypedDict, total=False):
    """The facts of a failure, as the module returns them in C(failure)."""

    attempted: str
    kind: str
    name: str | None
    id: str | None
    status: int | None
    request_id: str | None
    answer: str
    hint: str | None
    problems: list[str]
    logs: dict[str, list[str]]


def complete(failure: Failure | None, message: str) -> dict[str, Any]:
    """Return all facts of a failure, None for those that it has not.

    So whoever rescues a task can read each, whatever failed: a service, the module, or Ansible's own validator.
    """
    return {**dict.fromkeys(Failure.__annotations__), **(failure or {"answer": message})}


class ModelServingError(Exception):
    """Base of all errors that end a module run with a message."""

    def __init__(self, message: str, failure: Failure | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.failure: Failure = failure if failure is not None else {"answer": message}


class InvalidInputError(ModelServingError):
    """The request cannot be met as written. Raised before the first write, with every problem found."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(self.problems), {"answer": "invalid input", "problems": self.problems})


class MissingLibraryError(ModelServingError):
    """A Python library is not installed where the module runs."""

    def __init__(self, library: str, detail: str) -> None:
        super().__init__(f"{library} is missing")
        self.library = library
        self.detail = detail


class CloudError(ModelServingError):
    """The cloud refused or did not answer, or a resource went into an error state."""

    LEAD: ClassVar[str] = "could not {attempted} {subject}"

    def __init__(
        self,
        attempted: str,
        kind: str,
        name: str | None = None,
        *,
        answer: str,
        resource_id: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        hint: str | None = None,
    ) -> None:
        subject = " ".join(
            part for part in (kind, repr(name) if name else "", f"({resource_id})" if resource_id else "") if part
        )
        # A replica can say why it is not ready, and Heat hands that on.
        answer = without_commands(answer)
        said = f"the cloud answered {status}: {answer}" if status else answer
        tail = f" Request id: {request_id}." if request_id else ""
        lead = self.LEAD.format(attempted=attempted, subject=subject)
        message = f"{lead[0].upper()}{lead[1:]}: {said.rstrip('. ')}.{tail}"
        self.statement = f"{message} {hint}" if hint else message
        failure = Failure(
            attempted=attempted,
            kind=kind,
            name=name,
            id=resource_id,
            status=status,
            request_id=request_id,
            answer=answer,
            hint=hint,
        )
        super().__init__(self.statement, failure)
        self.logs: Mapping[str, Sequence[str]] = {}
        self.status = status
        self.answer = answer

    def adding(self, note: str) -> Self:
        """Return this error with one more sentence: what became of the rest."""
        hint = self.failure.get("hint")
        self.failure["hint"] = f"{hint} {note}" if hint else note
        self.statement = f"{self.statement} {note}"
        self.message = "\n".join([self.statement, *_quoted(self.logs)])
        self.args = (self.message,)
        return self

    def quoting(self, logs: Mapping[str, Sequence[str]]) -> Self:
        """Return this error with the last lines that servers logged, which end the message."""
        if logs:
            self.logs = {**self.logs, **logs}
            self.failure["logs"] = {server: list(lines) for server, lines in self.logs.items()}
            self.message = "\n".join([self.statement, *_quoted(self.logs)])
            self.args = (self.message,)
        return self


def _quoted(logs: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for server, lines in logs.items():
        yield f"Last lines on the console of {server!r}:"
        yield from (f"  {line}" for line in lines)


class NotReachedError(CloudError):
    """A resource is where the state that is waited for cannot come any more."""

    LEAD = "{subject} did not {attempted}"


class WaitTimeoutError(CloudError):
    """A resource did not reach the wanted state before the deadline."""

    LEAD = "timed out waiting for {subject} to {attempted}"


def from_sdk(
    error: Exception, attempted: str, kind: str, name: str | None = None, resource_id: str | None = None
) -> CloudError:
    """Return the :class:`CloudError` for an exception of openstacksdk, keystoneauth or requests.

    Attributes are read instead of classes compared, so that nothing has to be imported for it.
    """
    response = getattr(error, "response", None)
    status = getattr(error, "status_code", None) or getattr(error, "http_status", None)
    request_id = getattr(error, "request_id", None)
    if not request_id and response is not None:
        request_id = response.headers.get("x-openstack-request-id")
    answer = str(
        getattr(error, "details", None) or getattr(error, "message", None) or str(error) or type(error).__name__
    )
    if type(error).__name__ == NO_JSON:
        answer = f"the answer is no JSON: {answer}"
    return CloudError(
        attempted,
        kind,
        name,
        answer=answer.strip(),
        resource_id=resource_id,
        status=status if isinstance(status, int) else None,
        request_id=request_id,
        hint=hint_of(type(error).__name__, status, answer),
    )


def sdk_errors() -> tuple[type[Exception], ...]:
    """Return the base classes of everything openstacksdk raises about a cloud; nothing when it is not installed.

    Where an answer is no JSON, it lets through what requests raises.
    """
    try:
        from keystoneauth1.exceptions import ClientException  # noqa: PLC0415  # not needed before a cloud is
        from openstack.exceptions import SDKException  # noqa: PLC0415
        from requests.exceptions import RequestException  # noqa: PLC0415
    except ImportError:
        return ()
    return (SDKException, ClientException, RequestException)


def checked(response: Response) -> Response:
    """Return the answer to a request made past the SDK's own methods; raise what the SDK raises if it is an error."""
    from openstack.exceptions import raise_from_response  # noqa: PLC0415  # not needed before a cloud is

    raise_from_response(response)
    return response


@contextmanager
def attempt(attempted: str, kind: str, name: str | None = None, resource_id: str | None = None) -> Iterator[None]:
    """Turn SDK errors raised in the block into a :class:`CloudError` about this attempt.

    :param attempted: a verb as it follows "Could not", for example C(create)
    :param kind: what it is done to, in the words of the documentation, for example C(server group)
    """
    try:
        yield
    except sdk_errors() as error:
        raise from_sdk(error, attempted, kind, name, resource_id) from error


DELETE_OR_RENAME = "delete or rename all but one"
GIVE_ID = "give the id of the one that is meant"
GIVE_BALANCER = "say which with 'load_balancer' or the id"


def one_of(kind: str, name: str, candidates: Sequence[T], *, way_out: str = DELETE_OR_RENAME) -> T | None:
    """Return the only candidate, None when there is none.

    :param way_out: what the user is told to do when there are several, some of which may be somebody else's
    :raises InvalidInputError: when the name is not unique; the ids are listed, because OpenStack names are not keys
    """
    if len(candidates) > 1:
        raise not_unique(kind, name, [candidate.id for candidate in candidates], way_out)
    return candidates[0] if candidates else None


def not_unique(kind: str, name: str, ids: Sequence[str], way_out: str = DELETE_OR_RENAME) -> InvalidInputError:
    """Return what is raised when a name that is to mean one resource means several."""
    return InvalidInputError([f"{len(ids)} {kind}s are named {name!r} ({', '.join(ids)}); {way_out}"])

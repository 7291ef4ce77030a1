"""What a resource type is: the properties it knows and the API calls that make it so."""

from __future__ import annotations

import secrets
import string
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from botocore.client import BaseClient

from local_aws.cloudformation import api
from local_aws.cloudformation.api import ApiRefused
from local_aws.cloudformation.errors import ResourceFailed
from local_aws.cloudformation.letters import Letterbox

Members = Mapping[str, frozenset[str]]
_SUFFIX = string.ascii_uppercase + string.digits


@dataclass(frozen=True)
class Job:
    """One resource being made, changed or removed: what is wanted, and the hands to do it with.

    `client` gives a boto3 client of a service, acting for the stack's role.
    """

    logical_id: str
    stack_name: str
    account: str
    region: str
    partition: str
    client: Callable[[str], BaseClient]
    properties: Mapping[str, Any]
    physical_id: str = ""
    type_name: str = ""
    """As the template has it: several names may be one type (`Custom::…`)."""
    stack_arn: str = ""
    kept: dict[str, Any] = field(default_factory=dict)
    """What the type remembers of the resource from one call to the next."""
    letters: Letterbox = field(default_factory=Letterbox)
    """Where answers to custom resources come in."""

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Raises ResourceFailed (ApiRefused when the service answered)."""
        return api.call(self.client(service), operation, **parameters)

    def remove(self, service: str, operation: str, *, gone: Collection[str], **parameters: Any) -> None:
        """A call that removes something; the error codes `gone` mean it was not there, which is as good."""
        try:
            self.call(service, operation, **parameters)
        except ApiRefused as error:
            if error.code not in gone:
                raise

    def made(self, physical_id: str) -> Job:
        """The same job, once the resource has its name."""
        return replace(self, physical_id=physical_id)

    def given(self, *names: str) -> dict[str, Any]:
        """Those of the properties that the template sets, by their own names."""
        return {name: self.properties[name] for name in names if name in self.properties}

    def name(self, property_name: str, *, limit: int) -> str:
        """The property, or stack, logical id and a random suffix, shortened as CloudFormation does."""
        if property_name in self.properties:
            return str(self.properties[property_name])
        suffix = "".join(secrets.choice(_SUFFIX) for _ in range(12))
        room = limit - len(suffix) - 2
        logical_id = self.logical_id[: room - min(len(self.stack_name), room // 2)]
        return f"{self.stack_name[: room - len(logical_id)]}-{logical_id}-{suffix}"


class ResourceType(ABC):
    """Subclasses name the type and its properties; the engine calls `create`, `configure`, `delete`.

    A property that is neither in `properties` nor in `inert` is refused by name before anything is made.
    """

    type_name: ClassVar[str]
    properties: ClassVar[frozenset[str]]
    """Applied through the service's API."""
    inert: ClassVar[frozenset[str]] = frozenset()
    """Accepted and without effect here; each is listed in docs/fidelity/cloudformation.md."""
    required: ClassVar[frozenset[str]] = frozenset()
    required_members: ClassVar[Members] = {}
    """What a property's object must hold; of a property that ends with `[]`, each object of its list."""
    immutable: ClassVar[frozenset[str]] = frozenset()
    """A change of one of these makes a new resource and removes the old one."""
    attributes: ClassVar[frozenset[str]] = frozenset()
    """What `Fn::GetAtt` may ask for; `describe` answers exactly these."""

    @abstractmethod
    def create(self, job: Job) -> str:
        """The call that makes the resource. Returns the physical id, which is what `Ref` answers."""

    def configure(self, job: Job, before: Mapping[str, Any]) -> str | None:
        """Bring the resource `job.physical_id` from the properties `before` ({} when new) to the job's.

        Returns a physical id when that made another resource, in whose favour the engine removes the first one later.
        """
        del job, before
        return None

    def replaces(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """Whether the change from one set of properties to another takes a new resource."""
        return any(before.get(name) != after.get(name) for name in self.immutable)

    def check_change(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Raises ResourceFailed for a change that is refused before anything is done."""
        del before, after

    @abstractmethod
    def delete(self, job: Job) -> None:
        """Remove the resource; not an error when it is gone already."""

    def describe(self, job: Job) -> dict[str, Any]:
        """The attributes by name."""
        del job
        return {}

    def has_attribute(self, name: str) -> bool:
        """Whether a template may ask for the attribute."""
        return name in self.attributes

    def check(self, logical_id: str, names: Collection[str]) -> list[str]:
        """What is wrong with a declaration that sets the properties `names`."""
        known = self.properties | self.inert
        subject = f"{logical_id} ({self.type_name})"
        return [f"{subject}: property {name} is not emulated" for name in sorted(set(names) - known)] + [
            f"{subject}: required property {name} is missing" for name in sorted(self.required - set(names))
        ]

    def check_members(self, logical_id: str, properties: Mapping[str, Any]) -> None:
        """Raises ResourceFailed, in AWS's words, for a property that lacks a member or is none that could have it."""
        for name, required in self.required_members.items():
            for place, found in _objects(name, properties):
                said = f"Properties validation failed for resource {logical_id} with message: #/{place}"
                if not isinstance(found, Mapping):
                    raise ResourceFailed(f"{said}: expected an object, found {found!r}")
                for missing in sorted(required - found.keys()):
                    raise ResourceFailed(f"{said}: required key [{missing}] not found")


def _objects(name: str, properties: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """(place, what is there) of each object that a key of `required_members` is about."""
    held = name.removesuffix("[]")
    value = properties.get(held, [])
    if held != name and not isinstance(value, list):
        raise ResourceFailed(f"Property {held}: expected a list, got {value!r}")
    if held != name:
        yield from ((f"{held}/{at}", item) for at, item in enumerate(value))
    elif held in properties:
        yield held, value


def changed(job: Job, before: Mapping[str, Any], *names: str) -> bool:
    """Whether any of the properties differs from what it was."""
    return any(job.properties.get(name) != before.get(name) for name in names)


def tag_list(tags: object) -> list[dict[str, str]]:
    """Tags as a list of Key and Value, from that or from a map."""
    if isinstance(tags, Mapping):
        return [{"Key": str(key), "Value": str(value)} for key, value in tags.items()]
    if not isinstance(tags, list):
        raise ResourceFailed(f"Property Tags: expected a list or a map, got {tags!r}")
    for tag in tags:
        if not isinstance(tag, Mapping) or not {"Key", "Value"} <= tag.keys():
            raise ResourceFailed(f"Property Tags: expected objects of Key and Value, got {tag!r}")
    return [{"Key": str(tag["Key"]), "Value": str(tag["Value"])} for tag in tags]


def tag_map(tags: object) -> dict[str, str]:
    """Tags as a map, from that or from a list of Key and Value."""
    return {tag["Key"]: tag["Value"] for tag in tag_list(tags)}


def tag_changes(job: Job, before: Mapping[str, Any], *, of: str = "Tags") -> tuple[dict[str, str], list[str]]:
    """(tags to set, keys to remove) between the properties `before` and the job's. `of`: the property with the tags."""
    old, new = tag_map(before.get(of, [])), tag_map(job.properties.get(of, []))
    return {key: value for key, value in new.items() if old.get(key) != value}, sorted(old.keys() - new.keys())

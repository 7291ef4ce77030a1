"""A resource followed through its templates: what is set, changed and taken out again, as the service tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from local_aws.cloudformation.types import TYPES
from tests.local_aws.cloudformation.conftest import Deployer

Properties = dict[str, Any]
Read = Callable[[str], Properties]


def follow(
    deployer: Deployer,
    type_name: str,
    read: Read,
    *,
    first: Properties,
    second: Properties,
    required: Properties | None = None,
    elsewhere: frozenset[str] = frozenset(),
    left: Mapping[str, Any] | None = None,
) -> None:
    """`read` tells the properties of the resource called so, as a template writes them.

    Together with those that are tested `elsewhere`, `first` must name all that can change and can be left out. `left`
    is what a property leaves behind that cannot be undone.
    """
    kind, required = TYPES[type_name], required or {}
    assert set(first) == set(second) == kind.properties - kind.immutable - kind.required - elsewhere

    def resource(properties: Properties) -> dict[str, Any]:
        return {"R": {"Type": type_name, "Properties": required | properties}}

    def held() -> str:
        return deployer.physical(name)["R"]

    never = read(deployer.physical(deployer.create(resource({})))["R"])
    name = deployer.create(resource(first))
    made = held()
    assert read(made) == first
    deployer.update(name, resource(second))
    assert (deployer.status(name), held()) == ("UPDATE_COMPLETE", made), deployer.reasons(name)
    assert read(made) == second
    deployer.update(name, resource({}))
    assert (deployer.status(name), held()) == ("UPDATE_COMPLETE", made), deployer.reasons(name)
    assert read(made) == never | dict(left or {})


def tags(*pairs: str) -> list[dict[str, str]]:
    return [dict(zip(("Key", "Value"), pair.split("="), strict=True)) for pair in pairs]


def told(answer: Any) -> Any:
    """An answer whose members begin with a capital, as in templates."""
    if isinstance(answer, dict):
        return {key[:1].upper() + key[1:]: told(value) for key, value in answer.items()}
    return [told(item) for item in answer] if isinstance(answer, list) else answer


def unless(ask: Callable[..., dict[str, Any]], **arguments: Any) -> dict[str, Any]:
    """The answer, or {} where the service says that there is nothing of the kind."""
    try:
        return ask(**arguments)
    except ClientError as error:
        if not error.response["Error"]["Code"].endswith("NotFoundException"):
            raise
        return {}


def statement(**more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **more}]}

"""The service model's constraints, against values that stand on either side of them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from hypothesis import given
from hypothesis import strategies as st
from moto.core.utils import get_service_model

from local_aws.sagemaker import constraints, supported
from local_aws.sagemaker.errors import ValidationException
from local_aws.sagemaker.hooks import OPERATIONS


def refused(action: str, request: Mapping[str, object]) -> str:
    with pytest.raises(ValidationException) as caught:
        constraints.check(action, request)
    return str(caught.value.message)


@given(st.text(max_size=70))
def test_endpoint_names_are_what_the_documented_pattern_says(name: str) -> None:
    is_valid = 1 <= len(name) <= 63 and re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name) is not None
    if is_valid:
        constraints.check("DescribeEndpoint", {"EndpointName": name})
    else:
        assert "endpointName" in refused("DescribeEndpoint", {"EndpointName": name})


def test_what_is_missing_is_named_with_its_path() -> None:
    message = refused("CreateEndpointConfig", {"EndpointConfigName": "c", "ProductionVariants": [{}]})
    assert "Value null at 'productionVariants.1.member.variantName' failed to satisfy constraint" in message


@pytest.mark.parametrize(
    ("seconds", "words"), [(59, "greater than or equal to 60"), (3601, "less than or equal to 3600")]
)
def test_ranges_hold_at_both_ends(seconds: int, words: str) -> None:
    variant = {"VariantName": "A", "ContainerStartupHealthCheckTimeoutInSeconds": seconds}
    message = refused("CreateEndpointConfig", {"EndpointConfigName": "c", "ProductionVariants": [variant]})
    assert f"Member must have value {words}" in message
    variant["ContainerStartupHealthCheckTimeoutInSeconds"] = 60 if seconds < 60 else 3600
    constraints.check("CreateEndpointConfig", {"EndpointConfigName": "c", "ProductionVariants": [variant]})


def test_maps_are_measured_and_their_values_checked() -> None:
    request = {"TrainingJobName": "j", "RoleArn": "arn:aws:iam::123456789012:role/r", "OutputDataConfig": {}}
    request["HyperParameters"] = {str(number): "v" for number in range(101)} | {"long": "v" * 2501}
    message = refused("CreateTrainingJob", request)
    assert (
        "at 'hyperParameters' failed to satisfy constraint: Member must have length less than or equal to 100"
        in message
    )
    assert "at 'hyperParameters.long.member'" in message


def test_tags_may_hold_letters_of_any_alphabet() -> None:
    tags = [{"Key": "équipe", "Value": "推薦"}]
    constraints.check("CreateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c", "Tags": tags})
    message = refused(
        "CreateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c", "Tags": [{"Key": "a!", "Value": ""}]}
    )
    assert "at 'tags.1.member.key'" in message


@pytest.mark.parametrize("action", OPERATIONS)
def test_every_pattern_of_a_served_action_compiles(action: str) -> None:
    shape = get_service_model("sagemaker").operation_model(action).input_shape
    for pattern in _patterns(shape, set()):
        constraints.compiled(pattern)


@pytest.mark.parametrize("action", supported.SUPPORTED)
def test_every_supported_member_is_one_of_the_service_model(action: str) -> None:
    shape = get_service_model("sagemaker").operation_model(action).input_shape
    for path in supported.SUPPORTED[action]:
        within: Shape = shape
        for name in path.split("."):
            while isinstance(within, ListShape):
                within = within.member
            assert isinstance(within, StructureShape)
            assert name in within.members, f"{action}: {path}"
            within = within.members[name]


def _patterns(shape: Shape, seen: set[str]) -> set[str]:
    if shape.name in seen:
        return set()
    seen.add(shape.name)
    match shape:
        case StructureShape():
            inner = list(shape.members.values())
        case ListShape():
            inner = [shape.member]
        case MapShape():
            inner = [shape.key, shape.value]
        case _:
            inner = []
    own = {shape.metadata["pattern"]} if "pattern" in shape.metadata else set()
    return own.union(*(_patterns(each, seen) for each in inner))

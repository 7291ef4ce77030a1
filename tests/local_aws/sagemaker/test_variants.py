"""Several variants behind one endpoint: their shares, what changes while they serve, and shadows."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from fm.model import FactorizationMachine
from tests.local_aws.sagemaker.endpoint_laboratory import (
    JSON,
    REQUEST,
    ROWS,
    create,
    delete_and_wait,
    invoke,
    put_artifact,
    scores_of,
)
from tests.local_aws.sagemaker.laboratory import Lab


def shares(lab: Lab, endpoint: str, *, requests: int = 8) -> dict[str, int]:
    """How many of so many requests each variant answers."""
    answered = [invoke(lab, endpoint)["InvokedProductionVariant"] for _ in range(requests)]
    return {name: answered.count(name) for name in sorted(set(answered))}


def variants(described: dict[str, Any]) -> dict[str, tuple[float, int]]:
    return {
        each["VariantName"]: (each["CurrentWeight"], each["CurrentInstanceCount"])
        for each in described["ProductionVariants"]
    }


def test_weights_and_counts_change_while_it_serves(lab: Lab, names: list[str]) -> None:
    sagemaker, config = lab.aws("sagemaker"), lab.config(*names, weights=(3.0, 1.0))
    endpoint = create(lab, config)
    lab.settled(endpoint)
    assert shares(lab, endpoint) == {"A": 6, "B": 2}
    wanted = [
        {"VariantName": "A", "DesiredWeight": 0.0, "DesiredInstanceCount": 4},
        {"VariantName": "B", "DesiredWeight": 1.0},
    ]
    sagemaker.update_endpoint_weights_and_capacities(EndpointName=endpoint, DesiredWeightsAndCapacities=wanted)
    settled = lab.settled(endpoint)
    assert settled["EndpointConfigName"] == config
    assert variants(settled) == {"A": (0.0, 4), "B": (1.0, 1)}
    assert shares(lab, endpoint) == {"B": 8}
    assert invoke(lab, endpoint, TargetVariant="A")["InvokedProductionVariant"] == "A"
    with pytest.raises(ClientError, match="Could not find variants C"):
        sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=endpoint, DesiredWeightsAndCapacities=[{"VariantName": "C", "DesiredWeight": 1.0}]
        )
    excluded = [{"VariantPropertyType": "DesiredWeight"}]
    sagemaker.update_endpoint(
        EndpointName=endpoint,
        EndpointConfigName=lab.config(*names, weights=(1.0, 1.0)),
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=excluded,
    )
    assert variants(lab.settled(endpoint)) == {"A": (1.0, 4), "B": (1.0, 1)}
    delete_and_wait(lab, endpoint)


def shadowed(lab: Lab, production: str, shadow: str, **changes: Any) -> str:
    name = lab.name("config")
    settings = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1, "InitialVariantWeight": 1.0}
    lab.aws("sagemaker").create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[{**settings, "VariantName": "live", "ModelName": production}],
        ShadowProductionVariants=[{**settings, "VariantName": "shadow", "ModelName": shadow, **changes}],
    )
    return name


def test_a_shadow_is_asked_and_not_heard(lab: Lab, names: list[str], models: list[FactorizationMachine]) -> None:
    endpoint = create(lab, shadowed(lab, names[0], names[1]))
    described = lab.settled(endpoint)
    assert [each["VariantName"] for each in described["ProductionVariants"]] == ["live"]
    assert [each["VariantName"] for each in described["ShadowProductionVariants"]] == ["shadow"]
    expected = float(models[0].probability(ROWS)[0])
    for _ in range(3):
        assert float(scores_of(lab, endpoint)[0]) == pytest.approx(expected)
    with pytest.raises(ClientError, match="Variant shadow not found"):
        invoke(lab, endpoint, REQUEST, ContentType=JSON, TargetVariant="shadow")
    delete_and_wait(lab, endpoint)


@pytest.mark.parametrize("change", ["serverless", "two", "same name"])
def test_shadows_that_cannot_be_are_refused(
    lab: Lab, names: list[str], models: list[FactorizationMachine], change: str
) -> None:
    model = lab.model(put_artifact(lab, models[0]))
    said = {"serverless": "serverless", "two": "expected one of each", "same name": "unique"}[change]
    settings = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1, "ModelName": model}
    serverless = {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}, "ModelName": model}
    shadows = {
        "serverless": [{**serverless, "VariantName": "s"}],
        "two": [{**settings, "VariantName": "s"}, {**settings, "VariantName": "t"}],
        "same name": [{**settings, "VariantName": "live"}],
    }[change]
    with pytest.raises(ClientError, match=said):
        lab.aws("sagemaker").create_endpoint_config(
            EndpointConfigName=lab.name("config"),
            ProductionVariants=[{**settings, "VariantName": "live"}],
            ShadowProductionVariants=shadows,
        )

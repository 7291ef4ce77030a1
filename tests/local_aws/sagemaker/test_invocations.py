"""InvokeEndpoint: what reaches the container, what comes back, and what is refused on the way."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from botocore.exceptions import ClientError

from fm.model import FactorizationMachine
from prep.inference import decode_response, encode_request
from tests.local_aws.conftest import LocalAws
from tests.local_aws.sagemaker.endpoint_laboratory import (
    JSON,
    REQUEST,
    ROWS,
    create,
    delete_and_wait,
    invoke,
)
from tests.local_aws.sagemaker.laboratory import FEATURES, Lab


@pytest.fixture(scope="module")
def shared(lab: Lab, names: list[str]) -> Iterator[str]:
    """An endpoint with two variants, one quarter and three quarters."""
    endpoint = create(lab, lab.config(*names, weights=(1.0, 3.0)))
    assert lab.settled(endpoint)["EndpointStatus"] == "InService"
    yield endpoint
    lab.aws("sagemaker").delete_endpoint(EndpointName=endpoint)


def test_an_endpoint_is_described_as_aws_does(lab: Lab, shared: str) -> None:
    described = lab.aws("sagemaker").describe_endpoint(EndpointName=shared)
    assert described["EndpointArn"] == f"arn:aws:sagemaker:eu-west-1:123456789012:endpoint/{shared}"
    first, second = described["ProductionVariants"]
    assert (first["VariantName"], first["CurrentWeight"], first["CurrentInstanceCount"]) == ("A", 1.0, 1)
    assert (second["VariantName"], second["DesiredWeight"], second["DesiredInstanceCount"]) == ("B", 3.0, 1)
    assert first["DeployedImages"][0]["SpecifiedImage"].endswith("/factorization-machines:1")
    assert "FailureReason" not in described
    listed = lab.aws("sagemaker").list_endpoints(NameContains=shared, StatusEquals="InService")["Endpoints"]
    assert [one["EndpointName"] for one in listed] == [shared]


@pytest.mark.parametrize(("variant", "position"), [("A", 0), ("B", 1)])
def test_a_variant_can_be_asked_for(
    lab: Lab, shared: str, models: list[FactorizationMachine], variant: str, position: int
) -> None:
    answer = invoke(lab, shared, TargetVariant=variant)
    assert answer["InvokedProductionVariant"] == variant
    scores = decode_response(answer["Body"], content_type=JSON).scores
    np.testing.assert_allclose(scores, models[position].probability(ROWS), rtol=1e-6)


def test_variants_share_by_weight(lab: Lab, shared: str) -> None:
    counts = Counter(invoke(lab, shared)["InvokedProductionVariant"] for _ in range(16))
    assert counts == {"A": 4, "B": 12}


@pytest.mark.parametrize("kind", [JSON, "application/jsonlines", "application/x-recordio-protobuf"])
def test_content_types_pass_both_ways(lab: Lab, shared: str, models: list[FactorizationMachine], kind: str) -> None:
    body = encode_request(ROWS, content_type=kind)
    answer = invoke(lab, shared, body, ContentType=kind, Accept=kind, TargetVariant="A")
    assert answer["ContentType"] == kind
    scores = decode_response(answer["Body"], content_type=kind).scores
    np.testing.assert_allclose(scores, models[0].probability(ROWS), rtol=1e-6)


@pytest.mark.parametrize(
    ("body", "kind", "status", "said"),
    [
        (b'{"instances": [{"features": [1]}]}', JSON, 400, f"instance 0: 1 features, expected {FEATURES}"),
        (b"1,2,3", "text/csv", 415, "text/csv"),
    ],
)
def test_what_the_container_refuses_is_a_model_error(
    lab: Lab, shared: str, body: bytes, kind: str, status: int, said: str
) -> None:
    with pytest.raises(ClientError) as caught:
        invoke(lab, shared, body, ContentType=kind)
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == ("ModelError", 424)
    assert response["OriginalStatusCode"] == status
    assert said in response["OriginalMessage"]
    group = f"/aws/sagemaker/Endpoints/{shared}"
    assert response["LogStreamArn"] == f"arn:aws:logs:eu-west-1:123456789012:log-group:{group}"
    assert response["Error"]["Message"].startswith(f"Received client error ({status}) from primary with message")
    assert f"{group} in account 123456789012" in response["Error"]["Message"]


def test_invocations_that_reach_no_container_are_validation_errors(lab: Lab, shared: str) -> None:
    cases: list[tuple[str, dict[str, str], str]] = [
        ("sm-nobody", {}, "Endpoint sm-nobody of account 123456789012 not found."),
        (shared, {"TargetVariant": "C"}, "Variant C not found"),
        (shared, {"TargetModel": "m"}, "Target-Model 'm' is not supported locally"),
    ]
    for endpoint, options, said in cases:
        with pytest.raises(ClientError, match=said) as caught:
            invoke(lab, endpoint, REQUEST, **options)
        assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_a_body_may_have_6291456_bytes_and_no_more(lab: Lab, shared: str) -> None:
    padding = 6_291_456 - len(REQUEST)
    assert invoke(lab, shared, REQUEST + b" " * padding)["ContentType"] == JSON
    with pytest.raises(ClientError, match="less than or equal to 6291456") as caught:
        invoke(lab, shared, REQUEST + b" " * (padding + 1))
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_a_serverless_endpoint_takes_4_mb(lab: Lab, names: list[str]) -> None:
    config, serverless = lab.name("config"), {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    variant = {"VariantName": "A", "ModelName": names[0], "ServerlessConfig": serverless}
    lab.aws("sagemaker").create_endpoint_config(EndpointConfigName=config, ProductionVariants=[variant])
    endpoint = create(lab, config)
    (described,) = lab.settled(endpoint)["ProductionVariants"]
    assert described["CurrentServerlessConfig"] == serverless
    assert "CurrentInstanceCount" not in described
    assert invoke(lab, endpoint)["InvokedProductionVariant"] == "A"
    with pytest.raises(ClientError, match="less than or equal to 4194304"):
        invoke(lab, endpoint, REQUEST + b" " * 4_194_304)
    delete_and_wait(lab, endpoint)


def test_many_callers_get_their_own_answers(lab: Lab, shared: str, models: list[FactorizationMachine]) -> None:
    expected = models[0].probability(ROWS)

    def ask(row: int) -> float:
        body = encode_request(ROWS.take(np.array([row])))
        return float(decode_response(invoke(lab, shared, body, TargetVariant="A")["Body"], content_type=JSON).scores[0])

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, [row for _ in range(8) for row in range(12)]))
    np.testing.assert_allclose(answers, np.tile(expected, 8), rtol=1e-6)


def test_a_warm_call_takes_milliseconds(lab: Lab, local_aws: LocalAws, shared: str) -> None:
    """Bounded loosely: delayed ACKs or a connection per call would cost 40 ms and more on any machine."""
    runtime = local_aws.client("sagemaker-runtime")
    body = encode_request(ROWS.take(np.array([0])))
    seconds = []
    for _ in range(20):
        began = time.perf_counter()
        runtime.invoke_endpoint(EndpointName=shared, Body=body, ContentType=JSON)["Body"].read()
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.03

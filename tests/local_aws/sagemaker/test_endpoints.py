"""Endpoints: coming up, changing without a gap, failing without harm."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from botocore.exceptions import ClientError

from fm import artifact
from fm.model import FactorizationMachine
from prep.inference import decode_response, encode_request
from tests.crash import PROC, kill_container
from tests.local_aws.conftest import LocalAws
from tests.local_aws.sagemaker.endpoint_laboratory import (
    JSON,
    ROWS,
    Caller,
    create,
    delete_and_wait,
    invoke,
    scores_of,
    wait_for_answers,
)
from tests.local_aws.sagemaker.laboratory import DEADLINE_S, Lab, Trained


def test_from_training_to_predictions(lab: Lab, local_aws: LocalAws, trained: Trained, artifact_folder: Path) -> None:
    endpoint = create(lab, lab.config(lab.model(trained.artifact)))
    assert lab.aws("sagemaker").describe_endpoint(EndpointName=endpoint)["EndpointStatus"] in ("Creating", "InService")
    assert lab.settled(endpoint)["EndpointStatus"] == "InService"
    model = artifact.load(artifact_folder / "model_algo-1")
    answer = decode_response(invoke(lab, endpoint, encode_request(trained.test.rows))["Body"], content_type=JSON)
    expected, labels = model.predict(trained.test.rows)
    np.testing.assert_allclose(answer.scores, expected, rtol=1e-6)
    np.testing.assert_array_equal(answer.labels, labels)
    folder = endpoint_folder(local_aws, endpoint)
    assert list(folder.rglob("model_algo-1"))
    delete_and_wait(lab, endpoint)
    assert not list(folder.iterdir())


@pytest.mark.skipif(not PROC.is_dir(), reason="finds the container's process in /proc")
def test_a_container_that_dies_is_started_again(lab: Lab, local_aws: LocalAws, names: list[str]) -> None:
    endpoint = create(lab, lab.config(names[0]))
    assert lab.settled(endpoint)["EndpointStatus"] == "InService"
    kill_container(endpoint_folder(local_aws, endpoint))
    statuses: list[int] = []
    deadline = time.monotonic() + DEADLINE_S
    while not statuses or statuses[-1] != 200:
        assert time.monotonic() < deadline
        try:
            invoke(lab, endpoint)
            statuses.append(200)
        except ClientError as error:
            statuses.append(error.response["OriginalStatusCode"])
            time.sleep(0.05)
    assert statuses[0] == 503
    assert set(statuses) == {503, 200}
    delete_and_wait(lab, endpoint)


def test_an_update_has_no_gap(lab: Lab, names: list[str], models: list[FactorizationMachine]) -> None:
    sagemaker = lab.aws("sagemaker")
    old = lab.config(names[0])
    endpoint = create(lab, old)
    lab.settled(endpoint)
    new = lab.config(names[1])
    with Caller(lab, endpoint) as one, Caller(lab, endpoint) as other:
        sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=new)
        updating = sagemaker.describe_endpoint(EndpointName=endpoint)
        for refused, options in (("update_endpoint", {"EndpointConfigName": new}), ("delete_endpoint", {})):
            with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
                getattr(sagemaker, refused)(EndpointName=endpoint, **options)
        settled = lab.settled(endpoint)
        wait_for_answers(one, other)
    assert (updating["EndpointStatus"], updating["EndpointConfigName"]) == ("Updating", old)
    assert updating["PendingDeploymentSummary"]["EndpointConfigName"] == new
    assert (settled["EndpointStatus"], settled["EndpointConfigName"]) == ("InService", new)
    assert not one.errors + other.errors
    expected = [float(model.probability(ROWS)[0]) for model in models]
    for caller in (one, other):
        changes = [index for index, score in enumerate(caller.first_scores) if score == pytest.approx(expected[1])]
        assert changes, "the new model never answered"
        assert changes == list(range(changes[0], len(caller.first_scores))), "the old model came back"
        assert caller.first_scores[0] == pytest.approx(expected[0])
    delete_and_wait(lab, endpoint)


def test_a_failed_update_leaves_the_old_model_serving(
    lab: Lab, names: list[str], models: list[FactorizationMachine]
) -> None:
    sagemaker, old = lab.aws("sagemaker"), lab.config(names[0])
    endpoint = create(lab, old)
    lab.settled(endpoint)
    with Caller(lab, endpoint) as caller:
        broken = lab.config(lab.model(lab.junk_artifact()))
        sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=broken)
        settled = lab.settled(endpoint)
        wait_for_answers(caller)
    assert (settled["EndpointStatus"], settled["EndpointConfigName"]) == ("InService", old)
    assert "production variant A did not pass the ping health check" in settled["FailureReason"]
    assert not caller.errors
    np.testing.assert_allclose(caller.first_scores, float(models[0].probability(ROWS)[0]), rtol=1e-6)
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName="sm-nothing")
    sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=lab.config(names[1]))
    assert "FailureReason" not in lab.settled(endpoint)
    np.testing.assert_allclose(scores_of(lab, endpoint), models[1].probability(ROWS), rtol=1e-6)
    delete_and_wait(lab, endpoint)


def test_a_model_that_cannot_load_fails_the_endpoint(lab: Lab) -> None:
    sagemaker, config = lab.aws("sagemaker"), lab.config(lab.model(lab.junk_artifact()))
    endpoint = create(lab, config)
    failed = lab.settled(endpoint)
    assert failed["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in failed["FailureReason"]
    assert "Unable to load the model" in failed["FailureReason"]
    assert "Unable to load the model" in endpoint_log(lab, endpoint)
    with pytest.raises(ClientError, match=f"Endpoint {endpoint} of account"):
        invoke(lab, endpoint)
    with pytest.raises(ClientError, match="in status Failed"):
        sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=config)
    delete_and_wait(lab, endpoint)


@pytest.mark.parametrize("change", ["missing", "no archive", "denied"])
def test_an_artifact_that_cannot_be_had_fails_the_endpoint(lab: Lab, local_aws: LocalAws, change: str) -> None:
    url = lab.junk_artifact()
    role = lab.role(actions=["s3:GetObject", "s3:ListBucket", "logs:*"])
    config = lab.config(lab.model(url, ExecutionRoleArn=role))
    key = url.removeprefix(f"s3://{lab.bucket}/")
    if change == "missing":
        lab.aws("s3").delete_object(Bucket=lab.bucket, Key=key)
    elif change == "no archive":
        lab.put(key, b"no archive")
    else:
        lab.aws("iam").delete_role_policy(RoleName=role.rpartition("/")[2], PolicyName="allow")
    endpoint = create(lab, config)
    failed = lab.settled(endpoint)
    expected = {"missing": "NoSuchKey", "no archive": "not a gzip file", "denied": "s3:GetObject"}[change]
    assert failed["EndpointStatus"] == "Failed"
    assert failed["FailureReason"].startswith('Failed to download model data for container "container_1" from URL')
    assert expected in failed["FailureReason"]
    assert not list(endpoint_folder(local_aws, endpoint).iterdir())


def test_names_are_checked_and_taken(lab: Lab, names: list[str]) -> None:
    sagemaker, config = lab.aws("sagemaker"), lab.config(names[0])
    endpoint = create(lab, config)
    lab.settled(endpoint)
    with pytest.raises(ClientError, match=f'Cannot create already existing endpoint ".*:endpoint/{endpoint}"'):
        sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=config)
    with pytest.raises(ClientError, match="regular expression pattern"):
        sagemaker.create_endpoint(EndpointName="under_score", EndpointConfigName=config)
    for action in ("describe_endpoint", "delete_endpoint"):
        with pytest.raises(ClientError, match=r'Could not find endpoint ".*:endpoint/sm-nobody"') as caught:
            getattr(sagemaker, action)(EndpointName="sm-nobody")
        assert caught.value.response["Error"]["Code"] == "ValidationException"
    delete_and_wait(lab, endpoint)


def endpoint_folder(local_aws: LocalAws, endpoint: str) -> Path:
    """Where its containers have a folder each."""
    return local_aws.folder / "running" / "sagemaker" / "eu-west-1" / "endpoints" / endpoint


def endpoint_log(lab: Lab, endpoint: str) -> str:
    logs, group = lab.aws("logs"), f"/aws/sagemaker/Endpoints/{endpoint}"
    (stream,) = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert stream["logStreamName"].startswith("A/i-")
    events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    return "\n".join(event["message"] for event in events)

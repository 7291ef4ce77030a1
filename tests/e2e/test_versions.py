"""Versions of the model: which one is live, going back to an earlier one, how many are kept."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq
import pytest

from infra.settings import stage_of
from tests.e2e.calling import await_version, call, live_version
from tests.e2e.conftest import BOTH, PREFIX, QUICK, Cloud, Execution

pytestmark = pytest.mark.e2e

WITHOUT_ENDPOINT = {**QUICK, "deploy": {"mode": "none"}}


@dataclass(frozen=True)
class Published:
    """An execution, and what its endpoint said of one row."""

    execution: Execution
    score: float


def _published(cloud: Cloud) -> Published:
    done = cloud.execute(QUICK)
    assert (done.status, done.output.get("decision")) == ("SUCCEEDED", "deployed"), done.cause
    assert done.output["version"] == live_version(cloud) == done.name
    return Published(done, cloud.predict())


@pytest.fixture(scope="module")
def two(cloud: Cloud) -> tuple[Published, Published]:
    """Two versions, of which the later one is live."""
    first, second = _published(cloud), _published(cloud)
    assert abs(first.score - second.score) > 1e-6, "two trainings differ"
    return first, second


def _versions(cloud: Cloud) -> set[str]:
    listed = cloud.client("s3").list_objects_v2(Bucket=cloud.bucket, Prefix="models/")
    return {entry["Key"].split("/")[1] for entry in listed["Contents"]}


def _never_approved(cloud: Cloud) -> set[str]:
    """Versions of executions that other tests have let fail, which are counted by themselves."""
    sagemaker = cloud.client("sagemaker")
    listed = sagemaker.list_model_packages(ModelPackageGroupName=PREFIX, ModelApprovalStatus="Rejected", MaxResults=100)
    found = [
        sagemaker.describe_model_package(ModelPackageName=entry["ModelPackageArn"])
        for entry in listed["ModelPackageSummaryList"]
    ]
    return {package["MetadataProperties"]["GeneratedBy"].rpartition(":")[2] for package in found}


def test_an_earlier_version_is_restored_without_a_training(cloud: Cloud, two: tuple[Published, Published]) -> None:
    first, second = two
    config = cloud.live_config()
    done = cloud.execute({"restore": {"version": first.execution.name}})
    assert (done.status, done.output["decision"]) == ("SUCCEEDED", "restored"), done.cause
    assert done.output["version"] == live_version(cloud) == first.execution.name
    assert done.output["endpoint"]["config"] == cloud.live_config() != config
    assert cloud.predict() == pytest.approx(first.score, abs=1e-6)
    assert "Train Model" not in done.states
    assert await_version(cloud, first.execution.name)["execution"] == first.execution.arn
    report = done.output["artifacts"]["report"].removeprefix(f"s3://{cloud.bucket}/")
    assert cloud.client("s3").head_object(Bucket=cloud.bucket, Key=report)["ContentLength"] > 10_000
    again = cloud.execute({"restore": {"version": second.execution.name}})
    assert (again.status, live_version(cloud)) == ("SUCCEEDED", second.execution.name), again.cause
    assert cloud.predict() == pytest.approx(second.score, abs=1e-6)


def test_the_endpoint_is_left_alone_where_the_input_says_so(cloud: Cloud, two: tuple[Published, Published]) -> None:
    """It serves another model then, so predictions are the artifact's."""
    first, second = two
    before = (cloud.live_config(), cloud.sagemaker_resources())
    done = cloud.execute({"restore": {"version": first.execution.name}, "deploy": {"mode": "none"}})
    assert (done.status, done.output["endpoint"]) == ("SUCCEEDED", None), done.cause
    assert (cloud.live_config(), cloud.sagemaker_resources()) == before
    await_version(cloud, first.execution.name)
    answer = call(cloud, "/predictions", body={"pairs": [{"user": 1, "item": 1}]}).document
    assert (answer["source"], answer["model"]) == ("artifact", first.execution.name)
    assert "another model" in answer["reason"]
    assert cloud.execute({"restore": {"version": second.execution.name}}).status == "SUCCEEDED"


def test_a_version_that_does_not_exist_is_refused_by_name(cloud: Cloud, two: tuple[Published, Published]) -> None:
    before = (live_version(cloud), cloud.live_config(), cloud.sagemaker_resources())
    done = cloud.execute({"restore": {"version": "never-was"}})
    assert (done.status, done.error) == ("FAILED", "UnknownVersion"), done.cause
    assert done.cause.startswith("Read Version: ")
    assert "never-was" in done.cause
    assert two[1].execution.name in done.cause, "it says which there are"
    assert (live_version(cloud), cloud.live_config(), cloud.sagemaker_resources()) == before


def test_a_restoration_is_told_nothing_about_training(cloud: Cloud, two: tuple[Published, Published]) -> None:
    done = cloud.execute({**QUICK, "restore": {"version": two[0].execution.name}})
    assert (done.status, done.error) == ("FAILED", "InvalidInput")
    assert "restore: with 'dataset', 'gate', 'hyperparameters', 'models', expected none of them" in done.cause


def test_a_deployment_leaves_the_live_version_alone(cloud: Cloud, two: tuple[Published, Published]) -> None:
    """The stack is updated: a function gets another description, the parameter nothing."""
    before = live_version(cloud)
    assert before != "none"
    stack, client = f"{PREFIX}-pipeline", cloud.client("cloudformation")
    template = client.get_template(StackName=stack)["TemplateBody"]
    changed: dict[str, Any] = json.loads(json.dumps(template))
    functions = (entry for entry in changed["Resources"].values() if entry["Type"] == "AWS::Lambda::Function")
    (function,) = (entry for entry in functions if entry["Properties"]["Handler"] == "lambdas.api.handler")
    function["Properties"]["Description"] += ", again"
    for body in (changed, template):
        client.update_stack(StackName=stack, TemplateBody=json.dumps(body), Capabilities=["CAPABILITY_NAMED_IAM"])
        client.get_waiter("stack_update_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
        assert live_version(cloud) == before


def test_old_versions_are_deleted_and_the_newest_kept(cloud: Cloud, two: tuple[Published, Published]) -> None:
    """As many copies of a version as are kept, then a new one: the oldest copy goes, and all that is older."""
    s3, keep = cloud.client("s3"), stage_of("dev").kept_versions
    copied = f"models/{two[1].execution.name}/"
    copies = [f"copy-{number}" for number in range(keep)]
    for copy in copies:
        for entry in s3.list_objects_v2(Bucket=cloud.bucket, Prefix=copied)["Contents"]:
            key = f"models/{copy}/{entry['Key'].removeprefix(copied)}"
            s3.copy_object(Bucket=cloud.bucket, Key=key, CopySource={"Bucket": cloud.bucket, "Key": entry["Key"]})
    done = cloud.execute(WITHOUT_ENDPOINT)
    assert done.status == "SUCCEEDED", done.cause
    assert _versions(cloud) - _never_approved(cloud) == {*copies[1:], done.name}
    assert live_version(cloud) == done.name


def test_a_batch_has_everyone_and_nothing_they_have_rated(cloud: Cloud) -> None:
    done = cloud.execute({**BOTH, "deploy": {"mode": "none"}, "batch": {"n": 7}})
    assert done.status == "SUCCEEDED", done.cause
    key = done.output["artifacts"]["batch"].removeprefix(f"s3://{cloud.bucket}/")
    assert key == f"{done.run}batch/recommendations.parquet"
    content = cloud.client("s3").get_object(Bucket=cloud.bucket, Key=key)["Body"].read()
    rows = pq.read_table(io.BytesIO(content)).to_pylist()
    rated = _rated(cloud)
    assert {row["user"] for row in rows} == {user for user, _ in rated}
    assert not {(row["user"], row["item"]) for row in rows} & rated
    ranks: dict[int, list[int]] = {}
    for row in rows:
        ranks.setdefault(row["user"], []).append(row["rank"])
    assert set(map(tuple, ranks.values())) == {tuple(range(1, 8))}
    await_version(cloud, done.name)
    answer = call(cloud, "/users/1/recommendations?n=7").document
    assert [row["item"] for row in answer["items"]] == [row["item"] for row in rows if row["user"] == 1]


def _rated(cloud: Cloud) -> set[tuple[int, int]]:
    """Every pair of the dataset, read anew from its files."""
    pairs = set()
    for name in ("ua.base", "ua.test"):
        body = cloud.client("s3").get_object(Bucket=cloud.bucket, Key=f"datasets/sample/{name}")["Body"].read()
        for line in body.decode().splitlines():
            user, item, *_ = line.split("\t")
            pairs.add((int(user), int(item)))
    return pairs

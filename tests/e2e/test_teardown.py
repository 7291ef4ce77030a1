"""`cdk deploy`, executions, `cdk destroy`: in dev nothing of it is left, in prod the data and the logs are."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from prep.sample import generate
from tests.e2e.conftest import ACCOUNT, PREFIX, QUICK, REGION, TUNED, Cloud, deploy, environment
from tests.e2e.inventory import inventory
from tests.e2e.meeting import await_state
from tests.e2e.networked import ways
from tests.e2e.roles import Needed, as_needed, await_needed
from tests.local_server import OPERATOR, running

pytestmark = pytest.mark.e2e

PROD = "movie-recommender-prod"
APP = f"{sys.executable} -m tests.e2e.networked_app"
TEARDOWN_CALLS = {"application-autoscaling", "cloudformation", "glue", "sagemaker.api", "states"}
"""Ends of the names of endpoints."""
ENDLESS = {**QUICK, "hyperparameters": {"epochs": 1_000_000, "mini_batch_size": 100, "num_factors": 8}}
THEIRS = f"{PREFIX}ice"
"""Begins like this stage's name, and is not its."""


@pytest.fixture(scope="module")
def account(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A local AWS of its own, bootstrapped, in which somebody else trains and serves too."""
    folder = tmp_path_factory.mktemp("teardown")
    with running(root, folder) as server:
        empty = Cloud(server.endpoint_url, folder, {}, folder)
        _cdk(root, empty, "bootstrap", f"aws://{ACCOUNT}/{REGION}")
        group = "/aws/sagemaker/TrainingJobs"
        empty.client("logs").create_log_group(logGroupName=group)
        empty.client("logs").create_log_stream(logGroupName=group, logStreamName=f"{THEIRS}/algo-1-1")
        trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": trust})
        role = empty.client("iam").create_role(RoleName=THEIRS, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
        empty.client("iam").put_role_policy(RoleName=THEIRS, PolicyName="read", PolicyDocument=policy)
        empty.client("s3").create_bucket(Bucket=THEIRS, CreateBucketConfiguration={"LocationConstraint": REGION})
        empty.client("s3").put_object(Bucket=THEIRS, Key="model.tar.gz", Body=b"x")
        empty.client("sagemaker").create_model(
            ModelName=THEIRS,
            ExecutionRoleArn=role,
            PrimaryContainer={"Image": _image(), "ModelDataUrl": f"s3://{THEIRS}/model.tar.gz"},
        )
        yield empty


def test_dev_leaves_nothing(root: Path, account: Cloud, assembly: Path, tmp_path: Path) -> None:
    before = inventory(account)
    cloud = _deployed(root, account, assembly, tmp_path, PREFIX)
    for given in (QUICK, TUNED):
        done = cloud.execute(given)
        assert done.status == "SUCCEEDED", done.cause
    _scale(cloud)
    unfinished = cloud.client("s3").create_multipart_upload(Bucket=cloud.bucket, Key="datasets/half")
    assert unfinished["UploadId"]
    await_state(cloud, cloud.start(ENDLESS), "Train Model")
    status, said = _leftovers(root, cloud, "dev")
    assert (status, f"endpoint {PREFIX}\n" in said) == (1, True), said
    expected = {*_statements(cloud, "pipeline", "TeardownFunctionRole"), *_statements(cloud, "storage", "Datasets")}

    _cdk(root, cloud, "destroy", "--app", str(assembly), "--all", "--force")
    assert inventory(account) == before
    assert _leftovers(root, cloud, "dev") == (0, f"Of {PREFIX} nothing else is left.\n")
    await_needed(cloud, expected, since=Counter())


def test_prod_leaves_data_and_logs_alone(root: Path, account: Cloud, tmp_path: Path) -> None:
    """In a network of its own, whose endpoints what tears down needs to the end."""
    before = inventory(account)
    assembly = tmp_path / "assembly"
    cdk = [str(root / "node_modules" / ".bin" / "cdk"), "synth", "--quiet", "--context", "stage=prod", "--app", APP]
    variables = environment(CDK_VALIDATION="false")
    subprocess.run([*cdk, "--output", str(assembly)], cwd=root, env=variables, check=True, capture_output=True)
    cloud = _deployed(root, account, assembly, tmp_path, PROD)
    done = cloud.execute(QUICK)
    assert done.status == "SUCCEEDED", done.cause
    objects = _kept(inventory(account), "s3: object: ")
    assert len(objects) > 20

    _cdk(root, cloud, "destroy", "--app", str(assembly), "--all", "--force")
    after = inventory(account)
    assert before <= after
    kinds = ("s3: Buckets: ", "s3: object: ", "logs: logGroups: ", "logs: stream: ")
    assert [each for each in after - before if not each.startswith(kinds)] == []
    assert objects <= _kept(after, "s3: object: ")
    assert len(_kept(after - before, "s3: Buckets: ")) == 2
    found = ways(cloud)
    assert found["refused"] == []
    own = [each["service"] for each in found["taken"] if "TeardownFunction" in each["caller"]]
    assert {service.removeprefix(f"com.amazonaws.{REGION}.") for service in own} == TEARDOWN_CALLS
    status, said = _leftovers(root, cloud, "prod")
    assert (status, "Retained, as the stage says:" in said) == (0, True), said


def _kept(found: set[str], kind: str) -> set[str]:
    return {each for each in found if each.startswith(kind)}


def _deployed(root: Path, account: Cloud, assembly: Path, folder: Path, name: str) -> Cloud:
    outputs = deploy(root, str(assembly), account.endpoint_url, folder / "outputs.json", name=name)
    cloud = Cloud(account.endpoint_url, assembly, outputs, account.folder)
    generate(folder / "sample", users=80, items=60, ratings=2_400)
    for file in (folder / "sample").iterdir():
        cloud.client("s3").upload_file(str(file), cloud.bucket, f"datasets/sample/{file.name}")
    return cloud


def _scale(cloud: Cloud) -> None:
    """As somebody may have done by hand."""
    cloud.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId=f"endpoint/{PREFIX}/variant/main",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=1,
        MaxCapacity=2,
    )


def _variables(cloud: Cloud) -> dict[str, str]:
    operator = {name.upper(): value for name, value in OPERATOR.items()}
    return environment(AWS_ENDPOINT_URL=cloud.endpoint_url, AWS_REGION=REGION, AWS_DEFAULT_REGION=REGION, **operator)


def _cdk(root: Path, cloud: Cloud, *arguments: str) -> None:
    command = [str(root / "node_modules" / ".bin" / "cdk"), *arguments, "--no-notices", "--ci"]
    done = subprocess.run(command, cwd=root, env=_variables(cloud), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def _leftovers(root: Path, cloud: Cloud, stage: str) -> tuple[int, str]:
    """What `make destroy` ends with."""
    command = [sys.executable, "-m", "leftovers", "--stage", stage]
    done = subprocess.run(command, cwd=root, env=_variables(cloud), capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.returncode, done.stdout


def _statements(cloud: Cloud, stack: str, start: str) -> set[Needed]:
    """Those of the stack's roles whose logical ids begin so."""
    resources = cloud.client("cloudformation").describe_stack_resources(StackName=f"{PREFIX}-{stack}")
    found: set[Needed] = set()
    iam = cloud.client("iam")
    for entry in resources["StackResources"]:
        if entry["ResourceType"] == "AWS::IAM::Role" and entry["LogicalResourceId"].startswith(start):
            role = entry["PhysicalResourceId"]
            (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
            policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            found |= {as_needed(role, statement) for statement in policy["Statement"]}
    return found


def _image() -> str:
    return f"664544806723.dkr.ecr.{REGION}.amazonaws.com/factorization-machines:1"

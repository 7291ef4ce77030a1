"""What SageMaker's tests share: an account to work in, and one model trained in it."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fm.model import FactorizationMachine
from tests.local_aws.sagemaker.endpoint_laboratory import put_artifact, random_model
from tests.local_aws.sagemaker.laboratory import Lab, Trained, planted


@pytest.fixture(scope="session")
def lab(aws: Callable[[str], Any]) -> Lab:
    client = cache(aws)
    lab = Lab(client, bucket="sm-tests", role_arn="")
    client("s3").create_bucket(Bucket=lab.bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    rng = np.random.default_rng(1)
    lab.put("planted/train/part-0.protobuf", planted(rng, 1500).recordio())
    lab.put("planted/train/part-1.protobuf", planted(rng, 500).recordio())
    lab.put("planted/test/all.protobuf", planted(np.random.default_rng(2), 500).recordio())
    role = lab.role(actions=["s3:GetObject", "s3:ListBucket", "s3:PutObject", "logs:*", "cloudwatch:PutMetricData"])
    return Lab(client, lab.bucket, role)


@pytest.fixture(scope="session")
def trained(lab: Lab) -> Trained:
    name = lab.name("job")
    lab.aws("sagemaker").create_training_job(**lab.job_request(name))
    described = lab.ended(name)
    assert described["TrainingJobStatus"] == "Completed", described.get("FailureReason")
    artifact = described["ModelArtifacts"]["S3ModelArtifacts"]
    return Trained(name, described, artifact, planted(np.random.default_rng(2), 500))


@pytest.fixture
def artifact_folder(lab: Lab, trained: Trained, tmp_path: Path) -> Path:
    """The trained artifact, unpacked."""
    with tarfile.open(fileobj=io.BytesIO(lab.get(trained.artifact))) as tar:
        for member in tar:  # all files: SageMaker's artifacts have no folders
            (tmp_path / member.name).write_bytes(_content(tar, member))
    return tmp_path


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    assert file is not None, member.name
    return file.read()


@pytest.fixture(scope="session")
def models() -> list[FactorizationMachine]:
    """Two models of known parameters."""
    return [random_model(seed) for seed in (1, 2)]


@pytest.fixture(scope="session")
def names(lab: Lab, models: list[FactorizationMachine]) -> list[str]:
    """The same two as SageMaker models."""
    return [lab.model(put_artifact(lab, model)) for model in models]

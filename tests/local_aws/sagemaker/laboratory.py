"""What SageMaker's tests are made with: an account with a bucket and roles, and ratings whose truth is planted."""

from __future__ import annotations

import io
import itertools
import json
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prep.recordio import write_records
from prep.triplet import Triplet

USERS, ITEMS, FACTORS = 30, 24, 4
FEATURES = USERS + ITEMS
IMAGE = "438346466558.dkr.ecr.eu-west-1.amazonaws.com/factorization-machines:1"
DEADLINE_S = 60
_numbers = itertools.count()


@dataclass(frozen=True)
class Ratings:
    """One-hot (user, item) rows and 0/1 labels."""

    rows: Triplet
    labels: NDArray[np.float32]

    def recordio(self) -> bytes:
        stream = io.BytesIO()
        write_records(stream, self.rows, self.labels)
        return stream.getvalue()


@dataclass(frozen=True)
class Lab:
    """An account with one bucket and a role that SageMaker may use."""

    aws: Callable[[str], Any]
    bucket: str
    role_arn: str

    def name(self, stem: str) -> str:
        """A name nobody else in the session has."""
        return f"sm-{stem}-{next(_numbers)}"

    def put(self, key: str, body: bytes) -> str:
        self.aws("s3").put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def get(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body: bytes = self.aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def role(self, *, actions: list[str], trusted: str = "sagemaker.amazonaws.com") -> str:
        """A role of its own, allowed `actions` on everything."""
        iam, name = self.aws("iam"), self.name("role")
        trust = {"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}
        document = {"Version": "2012-10-17", "Statement": [trust]}
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
        if actions:
            allow = {"Effect": "Allow", "Action": actions, "Resource": "*"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
            iam.put_role_policy(RoleName=name, PolicyName="allow", PolicyDocument=policy)
        return arn

    def allow(self, role_arn: str, action: str, **condition: dict[str, str]) -> None:
        """Allow the role an action on everything, under a condition."""
        allow = {"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        name = role_arn.rpartition("/")[2]
        self.aws("iam").put_role_policy(RoleName=name, PolicyName="allow-one", PolicyDocument=policy)

    def job_request(self, name: str, **changes: Any) -> dict[str, Any]:
        """A CreateTrainingJob request for the planted ratings; `changes` replace its members."""
        return {
            "TrainingJobName": name,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "RoleArn": self.role_arn,
            "HyperParameters": hyperparameters(),
            "InputDataConfig": [self.channel("train"), self.channel("test")],
            "OutputDataConfig": {"S3OutputPath": f"s3://{self.bucket}/models"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        } | changes

    def channel(self, name: str, *, prefix: str | None = None, **changes: Any) -> dict[str, Any]:
        uri = f"s3://{self.bucket}/{prefix or f'planted/{name}/'}"
        source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
        content_type = "application/x-recordio-protobuf"
        return {"ChannelName": name, "DataSource": {"S3DataSource": source}, "ContentType": content_type} | changes

    def ended(self, job: str) -> dict[str, Any]:
        """The job's description when it has ended."""
        describe = self.aws("sagemaker").describe_training_job
        return _awaited(lambda: describe(TrainingJobName=job), "TrainingJobStatus", ("Completed", "Failed", "Stopped"))

    def settled(self, endpoint: str) -> dict[str, Any]:
        """The endpoint's description when it is in no transition."""
        describe = self.aws("sagemaker").describe_endpoint
        return _awaited(lambda: describe(EndpointName=endpoint), "EndpointStatus", ("InService", "Failed"))

    def model(self, artifact: str, **changes: Any) -> str:
        """A model of the artifact; its name."""
        name = self.name("model")
        container = {"Image": IMAGE, "ModelDataUrl": artifact}
        request = {"ModelName": name, "PrimaryContainer": container, "ExecutionRoleArn": self.role_arn} | changes
        self.aws("sagemaker").create_model(**request)
        return name

    def config(self, *models: str, weights: tuple[float, ...] = (1.0, 1.0)) -> str:
        """An endpoint configuration with the variants A, B, … of the models; its name."""
        name = self.name("config")
        variants = [
            {
                "VariantName": letter,
                "ModelName": model,
                "InitialInstanceCount": 1,
                "InstanceType": "ml.m5.large",
                "InitialVariantWeight": weight,
            }
            for letter, model, weight in zip("AB", models, weights, strict=False)
        ]
        self.aws("sagemaker").create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
        return name

    def junk_artifact(self) -> str:
        """An artifact that any role may read and no container can load."""
        return self.put(f"junk/{next(_numbers)}/model.tar.gz", archive({"model_algo-1": b"no model"}))


@dataclass(frozen=True)
class Trained:
    """A job that ended well, and what it was trained and tested on."""

    name: str
    described: dict[str, Any]
    artifact: str
    test: Ratings


def hyperparameters(**changes: str) -> dict[str, str]:
    """What learns the planted ratings in a moment."""
    return {
        "feature_dim": str(FEATURES),
        "num_factors": str(FACTORS),
        "predictor_type": "binary_classifier",
        "epochs": "12",
        "mini_batch_size": "50",
        "factors_lr": "0.02",
        "linear_lr": "0.02",
        "factors_init_sigma": "0.3",
    } | changes


def archive(members: dict[str, bytes]) -> bytes:
    """A .tar.gz of files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def one_hot(users: NDArray[np.int64], items: NDArray[np.int64]) -> Triplet:
    """Rows of two ones."""
    return Triplet(
        indptr=np.arange(0, 2 * users.size + 1, 2),
        indices=np.column_stack([users, USERS + items]).ravel(),
        data=np.ones(2 * users.size, np.float32),
        n_columns=FEATURES,
    )


def planted(rng: np.random.Generator, count: int) -> Ratings:
    """Ratings whose labels follow from two-dimensional tastes alone: an FM can learn them, a linear model cannot."""
    tastes, themes = np.random.default_rng(7).normal(size=(2, max(USERS, ITEMS), 2))
    users, items = rng.integers(0, USERS, count), rng.integers(0, ITEMS, count)
    likes = np.einsum("nf,nf->n", tastes[users], themes[items]) > 0
    return Ratings(one_hot(users, items), likes.astype(np.float32))


def _awaited(describe: Callable[[], dict[str, Any]], member: str, ends: tuple[str, ...]) -> dict[str, Any]:
    deadline = time.monotonic() + DEADLINE_S
    while (described := describe())[member] not in ends:
        assert time.monotonic() < deadline, described
        time.sleep(0.05)
    return described

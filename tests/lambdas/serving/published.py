"""Versions in the bucket, published by the function itself from what an execution leaves there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lambdas.publish
import lambdas.rank
from lambdas.common.bundles import BundleStore
from lambdas.common.registry import Registry
from lambdas.common.storage import Store
from tests.lambdas.executions import Executions, drawn
from tests.lambdas.remembered import remembered
from tests.local_server import REGION

UA = {"kind": "given", "name": "ua"}
ARN = "arn:aws:states:eu-west-1:123456789012:execution:recommender:"
PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/recommender/7"
ENDPOINT = {"name": "live", "config": "live-nightly", "mode": "realtime"}


class Publication:
    """An accepted execution, before its bundle is written."""

    def __init__(
        self,
        executions: Executions,
        dataset: Path,
        *,
        name: str = "nightly",
        ranking: Mapping[str, Any] | None = None,
        endpoint: Mapping[str, Any] | None = None,
        **job: Any,
    ) -> None:
        self.executions, self.name, self.endpoint = executions, name, endpoint
        self.run, self.ranking_run = f"runs/{name}/", f"runs/{name}/ranking/"
        self.preparation = {"split": UA, **job}
        self.prepared = executions.prepare(self.run, dataset, self.preparation)
        self.model = drawn(self.prepared["feature_dim"], kind=self.prepared["predictor_type"], scale=0.3)
        self.model_data = executions.put_model(self.run, self.model)
        self.ranking = None if ranking is None else self._trained_ranking(dataset, ranking)

    def _trained_ranking(self, dataset: Path, ranking: Mapping[str, Any]) -> dict[str, Any]:
        job = {"split": self.preparation["split"], "label": {"task": "ranking", "likes_repeated": 1}, **ranking}
        width = self.executions.prepare(self.ranking_run, dataset, job)["feature_dim"]
        self.ranking_model = drawn(width, seed=9, scale=0.3)
        return {"training": {"model_data": self.executions.put_model(self.ranking_run, self.ranking_model)}}

    def event(self) -> dict[str, Any]:
        """As the state machine puts it together."""
        known = remembered(changes=self.prepared)
        job = {"run": self.run, "preparation": self.preparation, "deploy": {"mode": "realtime"}}
        return {
            "execution": ARN + self.name,
            "name": self.name,
            "created": "2026-11-26T03:00:00.5Z",
            "package": PACKAGE,
            "job": {**job, "ranking": {"run": self.ranking_run}},
            "fetched": known["fetched"],
            "prepared": self.prepared,
            "training": {**known["training"], "model_data": self.model_data},
            "evaluation": known["evaluation"],
            "ranking": self.ranking,
            "ranked": None if self.ranking is None else {"metrics": {"ndcg@10": 0.3}},
            "endpoint": self.endpoint,
        }

    def publish(self, **over: Any) -> dict[str, Any]:
        return lambdas.publish.handler({**self.event(), **over}, None)

    def rank(self) -> dict[str, Any]:
        """Its lists measured."""
        assert self.ranking is not None
        event = {
            "run": self.run,
            "ranking_run": self.ranking_run,
            "model_data": self.ranking["training"]["model_data"],
            "preparation": self.preparation,
            "prepared": self.prepared,
            "gate": {"beat_popularity": False},
        }
        return lambdas.rank.handler(event, None)


def bundles(executions: Executions) -> BundleStore:
    """The versions of the bucket."""
    return BundleStore(Store(executions.bucket))


def put_manifests(executions: Executions, *names: str) -> None:
    """Versions of two files each, the oldest first; within a second S3 tells no ages apart, so names ascend too."""
    assert list(names) == sorted(names)
    for name in names:
        executions.put(f"models/{name}/serving.npz", b"arrays")
        executions.put(f"models/{name}/manifest.json", b"{}")


class Packages:
    """A group of the model registry, filled as executions do it."""

    def __init__(self, sagemaker: Any, group: str) -> None:
        self.group, self._sagemaker = group, sagemaker

    def register(self, version: str, status: str = "Approved") -> str:
        """A package of the execution of that name; returns its ARN."""
        container = {"Image": f"1.dkr.ecr.{REGION}.amazonaws.com/a:1", "ModelDataUrl": "s3://nowhere/model.tar.gz"}
        answer = self._sagemaker.create_model_package(
            ModelPackageGroupName=self.group,
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": ["application/json"],
                "SupportedResponseMIMETypes": ["application/json"],
            },
            MetadataProperties={"GeneratedBy": ARN + version},
            ModelApprovalStatus=status,
        )
        arn: str = answer["ModelPackageArn"]
        return arn

    def judge(self, arn: str, status: str) -> None:
        """Change its approval."""
        self._sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status)

    def versions(self) -> list[str]:
        """The executions of all there are, the newest first."""
        return [package.version for package in Registry(self.group).packages()]

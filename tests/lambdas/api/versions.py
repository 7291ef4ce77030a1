"""Versions that the publishing function itself writes, of prepared datasets and drawn models."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Final

import lambdas.publish
import lambdas.rank
from fm.model import FactorizationMachine
from tests.lambdas.executions import Executions, drawn

SPLIT: Final = {"kind": "given", "name": "ua", "validation": 0.2}
_METRICS: Final = {"auc": 0.77, "threshold": 0.45}


@dataclasses.dataclass
class Published:
    """An execution up to its publication. folder: the dataset; job: how the like model's part of it is prepared."""

    executions: Executions
    folder: Path
    job: dict[str, Any]
    version: str = "nightly"
    endpoint: dict[str, str] | None = None
    model: FactorizationMachine = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.run = f"runs/{self.version}/"
        self.prepared = self.executions.prepare(self.run, self.folder, self.job)
        self.model = drawn(self.prepared["feature_dim"], kind=self.prepared["predictor_type"])
        self.uri = self.executions.put_model(self.run, self.model)

    def publish(self, ranking: dict[str, Any] | None = None, ranked: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the machine's step does."""
        is_regressor = self.prepared["predictor_type"] == "regressor"
        metrics = {"rmse": 1.0} if is_regressor else _METRICS
        job = {"run": self.run, "preparation": self.job, "ranking": {"run": f"{self.run}ranking/"}}
        event = {
            "execution": f"arn:aws:states:eu-west-1:123456789012:execution:recommender:{self.version}",
            "name": self.version,
            "created": "2026-11-26T03:00:00.123Z",
            "job": job,
            "fetched": {"dataset": "tiny", "source": "s3://bucket/datasets/tiny/", "how": "in the bucket", "bytes": 1},
            "prepared": self.prepared,
            "training": {"model_data": self.uri},
            "evaluation": {"metrics": metrics, "baselines": {}},
            "ranking": ranking,
            "ranked": ranked,
            "endpoint": self.endpoint,
            "package": "arn:aws:sagemaker:eu-west-1:123456789012:model-package/recommender/1",
        }
        return lambdas.publish.handler(event, None)

    def train_ranking(self) -> dict[str, Any]:
        """A ranking model, drawn."""
        label = {"task": "ranking", "likes_repeated": 1, "negatives": 1}
        run = f"{self.run}ranking/"
        prepared = self.executions.prepare(run, self.folder, {**self.job, "label": label, "features": []})
        model = drawn(prepared["feature_dim"], seed=9)
        return {"training": {"model_data": self.executions.put_model(run, model)}}

    def rank(self, ranking: dict[str, Any]) -> dict[str, Any]:
        """The machine's own measure of the ranking model."""
        event = {
            "run": self.run,
            "ranking_run": f"{self.run}ranking/",
            "model_data": ranking["training"]["model_data"],
            "preparation": self.job,
            "prepared": self.prepared,
            "gate": {},
        }
        return lambdas.rank.handler(event, None)

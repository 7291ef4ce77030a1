"""Everything that differs between two deployments of this application, read once in app.py."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.execution_input import check_input


class UnknownStage(ValueError):
    """The context names a stage that is not declared here."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One deployment. `name` prefixes every resource this application names, and scopes every role to it."""

    stage: str
    retain_data: bool
    """Whether the bucket and the logs outlive the stacks."""
    tier_runs_days: int
    """Age from which prepared data, models and reports of an execution are stored by how often they are read."""
    log_retention_days: int
    glue_from_bytes: int = 2 << 30
    """Size of a dataset from which Spark prepares it where the input does not say. MovieLens 32M has 0.9 GB, which a
    function prepares in a minute or two; its time ends at 15 minutes, its disk at a dozen times as many ratings."""
    glue_workers: int = 2
    api_rate_per_s: float = 500
    api_burst: int = 1000
    """How many requests the API takes a second, and at once: beyond that callers are told to slow down."""
    kept_versions: int = 5
    """Published versions that can be restored. Older ones are deleted, but never the live one."""
    alarm_email: str | None = None
    """Who is written to when an alarm goes off, or is over; the address has to confirm it once."""
    silence_days: int | None = None
    """After how many days, 1 to 7, without a new live version an alarm goes off; for stages that train often."""
    drift_threshold: float = 0.25
    """From which index of population stability on the ratings of an execution are told to be far from those that the
    live model has learnt from; by custom .1 is a minor shift, .25 a major one."""
    endpoint_ttl_hours: float | None = None
    """How long an endpoint on instances lives after the release that made or updated it, where the input does not say:
    it costs money while it exists, asked or not. None: until somebody deletes it."""
    retrain_schedule: str | None = None
    """When executions start by themselves, in EventBridge Scheduler's words and UTC: "cron(0 3 ? * SUN *)". One by rate
    is due right after the deployment too."""
    retrain_input: Mapping[str, Any] = field(default_factory=dict)
    """The input of executions that start by themselves, without `overlap`; held against its schema at synthesis."""
    retrain_on_upload: bool = False
    """Whether an execution starts when the ratings of a dataset have arrived in datasets/incoming/<dataset>/."""
    upload_quiet_s: int = 300
    """For how long no object of the dataset must have come until all have."""
    approval: str = "automatic"
    """What executions whose input does not say do with an accepted model: deploy it ("automatic"), or leave it until
    somebody has approved its model package ("manual")."""
    customer_key: bool = False
    """Whether all that is kept is encrypted with a key of the stage's own. It costs a dollar a month, one more for each
    of the first two yearly rotations, and its requests, which a bucket key makes few. Once on it stays on: without it
    no role may read what was written with it."""
    vpc: str = "none"
    """Whether all that computes is in a network of the stage's "own", without a way to the internet: ratings have to be
    in the bucket, and endpoints are on instances. It costs about 131 dollars a month. "leaving" is for the deployment
    before it goes (docs/network.md)."""
    monthly_budget_usd: float | None = None
    """What a month of the project may cost: the alarms' topic is told at 80 % of it, and when more is forecast."""
    project: str = "movie-recommender"

    def __post_init__(self) -> None:
        # Resources are found, and deleted, by `<name>-`, which must not begin another stage's names.
        if not re.fullmatch(r"[a-z][a-z0-9]*", self.stage):
            raise ValueError(f"stage is {self.stage!r}, expected small letters and digits")
        # An alarm looks back seven days at most (PutMetricAlarm, "EvaluationPeriods").
        if self.silence_days is not None and not 1 <= self.silence_days <= 7:
            raise ValueError(f"silence_days is {self.silence_days!r}, expected 1 to 7")
        if self.approval not in ("automatic", "manual"):
            raise ValueError(f"approval is {self.approval!r}, expected 'automatic' or 'manual'")
        if self.endpoint_ttl_hours is not None and self.endpoint_ttl_hours <= 0:
            raise ValueError(f"endpoint_ttl_hours is {self.endpoint_ttl_hours!r}, expected more than 0, or None")
        if not 0 < self.drift_threshold < float("inf"):
            raise ValueError(f"drift_threshold is {self.drift_threshold!r}, expected a number above 0")

        check_input(self.retrain_input, setting="retrain_input")
        if self.vpc not in ("none", "own", "leaving"):
            raise ValueError(f"vpc is {self.vpc!r}, expected 'none', 'own' or 'leaving'")
        if self.vpc == "own" and self.retrain_input.get("deploy", {}).get("mode") == "serverless":
            raise ValueError("retrain_input.deploy.mode is 'serverless', expected 'realtime' or 'none' with vpc 'own'")

    @property
    def name(self) -> str:
        """Prefix of stacks, roles, jobs, models and configs; also the endpoint's own, stable name."""
        return f"{self.project}-{self.stage}"

    @property
    def metrics(self) -> dict[str, str]:
        """Variables of functions that measure: where their metrics stand, and the dimension that tells stages apart."""
        return {"NAMESPACE": self.project, "STAGE": self.name}

    @property
    def tags(self) -> dict[str, str]:
        """What everything is tagged with, also what executions make."""
        return {"project": self.project, "stage": self.stage}

    @property
    def retrains(self) -> bool:
        """Whether anything starts executions by itself."""
        return self.retrain_schedule is not None or self.retrain_on_upload

    @property
    def tuning_name(self) -> str:
        """Prefix of tuning jobs, which have 32 characters: the project's initials."""
        initials = "".join(word[0] for word in self.project.split("-"))
        return f"{initials}-{self.stage}"


STAGES = {
    "dev": Stage(stage="dev", retain_data=False, tier_runs_days=30, log_retention_days=30, endpoint_ttl_hours=8),
    "prod": Stage(stage="prod", retain_data=True, tier_runs_days=90, log_retention_days=365),
}


def stage_of(name: object) -> Stage:
    """The declared stage of that name (`cdk deploy -c stage=prod`)."""
    if not isinstance(name, str) or name not in STAGES:
        raise UnknownStage(f"context 'stage' is {name!r}, expected one of {', '.join(STAGES)}")
    return STAGES[name]

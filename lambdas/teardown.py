"""A stack is deleted → what its executions have made goes first, in the order in which it may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lambdas.common.custom_resource import sweeping
from lambdas.common.environment import Environment
from lambdas.common.sweeps.hosting import EndpointItself, ModelPackages, Named, ScalingTargets
from lambdas.common.sweeps.logs import LogGroup, LogStreams
from lambdas.common.sweeps.runs import Executions, GlueRuns, Jobs
from lambdas.logic.sweeping import Sweep

_KEEP: Final = "keep"


@dataclass(frozen=True)
class TeardownEnvironment(Environment):
    """`name` is the stage's, which is the endpoint's too; `logs` says whether SageMaker's logs are kept."""

    name: str
    tuning_name: str
    machine: str
    spark_job: str
    logs: str


def handler(event: Mapping[str, Any], context: Any) -> None:
    """event: CloudFormation's request. The answer goes to the URL that it names."""
    environment = TeardownEnvironment.read()
    sweeping(event, context, physical_id=environment.name, sweeps=lambda: _sweeps(environment))


def _sweeps(environment: TeardownEnvironment) -> list[Sweep]:
    """What starts something before what it starts; what refers to something before what it refers to."""
    name = environment.name
    named, tunings = f"{name}-", f"{environment.tuning_name}-"
    sweeps: list[Sweep] = [
        Executions(environment.machine),
        GlueRuns(environment.spark_job),
        Jobs("HyperParameterTuningJob", "hyper_parameter_tuning_job", tunings),
        Jobs("TrainingJob", "training_job", named, tunings),
        ScalingTargets(name),
        EndpointItself(name),
        Named("EndpointConfig", "endpoint_config", named),
        Named("Model", "model", named),
        ModelPackages(name),
    ]
    if environment.logs != _KEEP:
        sweeps += [
            LogGroup(f"/aws/sagemaker/Endpoints/{name}"),
            LogStreams("/aws/sagemaker/TrainingJobs", named, tunings),
        ]
    return sweeps

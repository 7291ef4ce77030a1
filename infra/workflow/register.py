"""An accepted model, registered: what it is made of, what it scored, who made it, and whether it may serve."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.registry import may_register
from infra.settings import Stage
from infra.workflow.states import TRANSIENT_SAGEMAKER, Json, Step, caught, retried, task

APPROVED, PENDING, REJECTED = "Approved", "PendingManualApproval", "Rejected"
_STATUS = f"{{% $job.approval = 'manual' ? '{PENDING}' : '{APPROVED}' %}}"
AWAITS_APPROVAL = f"$package.status = '{PENDING}'"
_FIGURES = ("accuracy", "cross_entropy", "f1", "auc", "rmse", "mae")
# What the container takes and answers (developer guide, "Factorization Machines Response Formats").
_FORMATS = ["application/json", "application/jsonlines", "application/x-recordio-protobuf"]


class RegisterPackage(Construct):
    """`$package` is the version's ARN and approval. Its number is the registry's, its maker the execution.

    It is registered before it is released, so that the registry also knows of models that failed on the way.
    """

    def __init__(
        self, scope: Construct, id_: str, *, stage: Stage, image: str, code_version: str, on_error: sfn.State
    ) -> None:
        super().__init__(scope, id_)
        state = task(
            self,
            "Register Model",
            resource="aws-sdk:sagemaker:createModelPackage",
            arguments={
                "ModelPackageGroupName": stage.name,
                # A lost answer does no harm: the same token is the same version.
                "ClientToken": "{% $substring($job.name, -36) %}",
                "InferenceSpecification": {
                    "Containers": [{"Image": image, "ModelDataUrl": "{% $training.model_data %}"}],
                    "SupportedContentTypes": _FORMATS,
                    "SupportedResponseMIMETypes": _FORMATS,
                },
                "ModelMetrics": {
                    "ModelQuality": {
                        "Statistics": {"ContentType": "application/json", "S3Uri": "{% $evaluation.key %}"}
                    }
                },
                "MetadataProperties": {"GeneratedBy": "{% $states.context.Execution.Id %}"},
                "CustomerMetadataProperties": _properties(code_version),
                "ModelApprovalStatus": _STATUS,
            },
            timeout=Duration.minutes(1),
            assign={"package": {"arn": "{% $states.result.ModelPackageArn %}", "status": _STATUS}},
        )
        retried(state, TRANSIENT_SAGEMAKER, interval_s=2, attempts=3)
        caught(state, on_error)
        self.step = Step(start=state, ends=[state], permissions=[may_register(stage)])


def rejection(said: str) -> Json:
    """What UpdateModelPackage is asked: `said` is the JSONata expression of the reason, which goes on one line."""
    return {
        "ModelPackageArn": "{% $package.arn %}",
        "ModelApprovalStatus": REJECTED,
        "ApprovalDescription": f"{{% $substring($replace({said}, /\\s+/, ' '), 0, 1024) %}}",
    }


def _properties(code_version: str) -> str:
    """What people ask of a version, as text of the characters that the registry takes; what is missing stays out."""
    said = {
        "execution": "$states.context.Execution.Id",
        "version": "$states.context.Execution.Name",
        "dataset": "$job.dataset.name",
        "synthetic": "$prepared.synthetic",
        "data": "$fetched.fingerprint",
        "code": f"'{code_version}'",
        "preset": "$job.preset",
        "approval": "$job.approval",
        "task": "$prepared.task",
        "training_job": "$training.job",
        "ranking_model": "$ranking.training.model_data",
        **{name: f"$evaluation.metrics.{name}" for name in _FIGURES},
    }
    fields = ", ".join(f"'{name}': {value}" for name, value in said.items())
    return (
        "{% ($clean := function($text) "
        "{ $substring($replace($string($text), /[^A-Za-z0-9 _.:\\/=+@-]/, '_'), 0, 256) }; "
        f"$said := {{{fields}}}; "
        "$merge($each($said, function($value, $name) { {$name: $clean($value)} }))) %}"
    )

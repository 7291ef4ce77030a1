"""`arn:aws:states:::sagemaker:<action>[.sync]`: the optimized SageMaker integration.

"Create and manage Amazon SageMaker AI jobs with Step Functions": which actions, which of them can wait for their job.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService

from local_aws.stepfunctions import services
from local_aws.stepfunctions.clients import TaskClients
from local_aws.stepfunctions.encoding import to_json, to_text
from local_aws.stepfunctions.failures import TASK_FAILED, failure

POLL_S = 0.25
STARTED_BY = {"Key": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"}
REQUEST_RESPONSE = frozenset({"createModel", "createEndpointConfig", "createEndpoint", "updateEndpoint"})


@dataclass(frozen=True)
class Job:
    """How to follow one kind of job; `rule` is the EventBridge rule Step Functions hears of its end by."""

    kind: str
    rule: str
    running: frozenset[str] = frozenset({"InProgress", "Stopping"})

    @property
    def name(self) -> str:
        return f"{self.kind}Name"

    @property
    def status(self) -> str:
        return f"{self.kind}Status"


JOBS = {
    "createTrainingJob": Job("TrainingJob", "StepFunctionsGetEventsForSageMakerTrainingJobsRule"),
    "createTransformJob": Job("TransformJob", "StepFunctionsGetEventsForSageMakerTransformJobsRule"),
    "createProcessingJob": Job("ProcessingJob", "StepFunctionsGetEventsForSageMakerProcessingJobsRule"),
    "createHyperParameterTuningJob": Job("HyperParameterTuningJob", "StepFunctionsGetEventsForSageMakerTuningJobsRule"),
}
ACTIONS = REQUEST_RESPONSE | JOBS.keys()


class Abandoned(Exception):
    """The execution stopped or the task timed out while its job ran; the job has been stopped."""


class SageMakerTask(StateTaskService):
    """One call, and with `.sync` the wait for its job."""

    def __init__(self, clients: TaskClients) -> None:
        super().__init__()
        self._clients = clients

    def _validate_service_integration_is_supported(self) -> None:
        action, condition = self.resource.api_action, self.resource.condition
        if action not in ACTIONS:
            raise services.UnknownAction(f"sagemaker has no optimized integration {action!r}")
        if condition is not None and not (condition is ResourceCondition.Sync and action in JOBS):
            raise services.UnknownAction(f"sagemaker:{action} does not support .{condition}")

    def _get_sfn_resource(self) -> str:
        suffix = ".sync" if self.resource.condition else ""
        return f"{self.resource.api_action}{suffix}"

    def _eval_service_task(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: dict[str, Any], state_credentials: Any
    ) -> None:
        client = self._clients.get(
            "sagemaker", region=resource_runtime_part.region, role_arn=state_credentials.role_arn
        )
        request = dict(normalised_parameters)
        if self.resource.condition:
            request["Tags"] = [*request.get("Tags", []), STARTED_BY]
        response = getattr(client, xform_name(services.pascal(self.resource.api_action)))(**request)
        result = services.with_metadata(to_json(response), response)
        if self.resource.condition:
            self._submitted(env, result)
            result = self._follow(env, client, JOBS[self.resource.api_action], request)
        env.stack.append(result)

    def _submitted(self, env: Any, result: dict[str, Any]) -> None:
        details = {"output": to_text(result), "outputDetails": {"truncated": False}, **self._where()}
        env.event_manager.add_event(
            context=env.event_history_context,
            event_type=HistoryEventType.TaskSubmitted,
            event_details={"taskSubmittedEventDetails": details},
        )

    def _follow(self, env: Any, client: Any, job: Job, request: dict[str, Any]) -> Any:
        name = {job.name: request[job.name]}
        while env.is_running():
            described = to_json(getattr(client, xform_name(f"Describe{job.kind}"))(**name))
            if described[job.status] == "Completed":
                return described
            if described[job.status] not in job.running:
                raise failure(env, error=TASK_FAILED, cause=to_text(described), where=self._where())
            env.program_state_event.wait(POLL_S)
        getattr(client, xform_name(f"Stop{job.kind}"))(**name)
        raise Abandoned(request[job.name])

    def _where(self) -> dict[str, str]:
        return {"resource": self._get_sfn_resource(), "resourceType": self._get_sfn_resource_type()}

    def _from_error(self, env: Any, ex: Exception) -> Any:
        if not isinstance(ex, ClientError):
            return super()._from_error(env=env, ex=ex)
        error, cause = services.error_and_cause("sagemaker", "AmazonSageMaker", ex)
        return failure(env, error=error, cause=cause, where=self._where()).failure_event

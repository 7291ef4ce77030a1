"""`arn:aws:states:::glue:startJobRun[.sync]`: the optimized Glue integration.

"Start an AWS Glue job with Step Functions": the one action, and the permissions that waiting for the run takes.
"""

from __future__ import annotations

import datetime
from typing import Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService

from local_aws.stepfunctions import services
from local_aws.stepfunctions.clients import TaskClients
from local_aws.stepfunctions.encoding import to_json, to_text
from local_aws.stepfunctions.failures import TASK_FAILED, failure

ACTIONS = frozenset({"startJobRun"})
POLL_S = 0.25
_GOING_ON = frozenset({"STARTING", "RUNNING", "STOPPING", "WAITING"})


class Abandoned(Exception):
    """The execution stopped or the task timed out while its job ran; the run has been stopped."""


class GlueTask(StateTaskService):
    """A run's start, and with `.sync` the wait for its end."""

    def __init__(self, clients: TaskClients) -> None:
        super().__init__()
        self._clients = clients

    def _validate_service_integration_is_supported(self) -> None:
        action, condition = self.resource.api_action, self.resource.condition
        if action not in ACTIONS:
            raise services.UnknownAction(f"glue has no optimized integration {action!r}")
        if condition not in (None, ResourceCondition.Sync):
            raise services.UnknownAction(f"glue:{action} does not support .{condition}")

    def _get_sfn_resource(self) -> str:
        suffix = ".sync" if self.resource.condition else ""
        return f"{self.resource.api_action}{suffix}"

    def _eval_service_task(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: dict[str, Any], state_credentials: Any
    ) -> None:
        client = self._clients.get("glue", region=resource_runtime_part.region, role_arn=state_credentials.role_arn)
        # The CDK writes "NotificationProperty": null into the arguments of its JSONata task.
        request = {name: value for name, value in normalised_parameters.items() if value is not None}
        response = client.start_job_run(**request)
        result = services.with_metadata(to_json(response), response)
        if self.resource.condition:
            self._submitted(env, result)
            result = self._follow(env, client, request["JobName"], response["JobRunId"])
        env.stack.append(result)

    def _submitted(self, env: Any, result: dict[str, Any]) -> None:
        details = {"output": to_text(result), "outputDetails": {"truncated": False}, **self._where()}
        env.event_manager.add_event(
            context=env.event_history_context,
            event_type=HistoryEventType.TaskSubmitted,
            event_details={"taskSubmittedEventDetails": details},
        )

    def _follow(self, env: Any, client: Any, job: str, run: str) -> Any:
        client.get_job_runs(JobName=job, MaxResults=1)  # the integration's policy has it, so its lack must show
        while env.is_running():
            described = _told(client.get_job_run(JobName=job, RunId=run)["JobRun"])
            if described["JobRunState"] == "SUCCEEDED":
                return described
            if described["JobRunState"] not in _GOING_ON:
                raise failure(env, error=TASK_FAILED, cause=to_text(described), where=self._where())
            env.program_state_event.wait(POLL_S)
        client.batch_stop_job_run(JobName=job, JobRunIds=[run])
        raise Abandoned(run)

    def _where(self) -> dict[str, str]:
        return {"resource": self._get_sfn_resource(), "resourceType": self._get_sfn_resource_type()}

    def _from_error(self, env: Any, ex: Exception) -> Any:
        if not isinstance(ex, ClientError):
            return super()._from_error(env=env, ex=ex)
        error, cause = services.error_and_cause("glue", "AWSGlue", ex)
        return failure(env, error=error, cause=cause, where=self._where()).failure_event


def _told(run: dict[str, Any]) -> dict[str, Any]:
    """A JobRun as the integration tells it: its members in order, times in milliseconds since 1970."""
    return {name: _plain(run[name]) for name in sorted(run)}


def _plain(value: Any) -> Any:
    return int(value.timestamp() * 1000) if isinstance(value, datetime.datetime) else to_json(value)

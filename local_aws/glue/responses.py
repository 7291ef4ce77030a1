"""The wire: requests by AWS's model of Glue, checked, then done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.core.utils import camelcase_to_underscores

from local_aws.glue import connection_actions, job_actions, run_actions, supported
from local_aws.glue.backend import Backend, glue_backends
from local_aws.sagemaker import constraints

Operation = Callable[[Backend, dict[str, Any]], dict[str, Any] | None]

OPERATIONS: Mapping[str, Operation] = {
    "CreateJob": job_actions.create,
    "UpdateJob": job_actions.update,
    "GetJob": job_actions.get,
    "GetJobs": job_actions.get_all,
    "ListJobs": job_actions.list_names,
    "DeleteJob": job_actions.delete,
    "TagResource": job_actions.tag,
    "UntagResource": job_actions.untag,
    "GetTags": job_actions.get_tags,
    "StartJobRun": run_actions.start,
    "GetJobRun": run_actions.get,
    "GetJobRuns": run_actions.get_all,
    "BatchStopJobRun": run_actions.batch_stop,
    "CreateConnection": connection_actions.create,
    "UpdateConnection": connection_actions.update,
    "GetConnection": connection_actions.get,
    "GetConnections": connection_actions.get_all,
    "DeleteConnection": connection_actions.delete,
}
"""Every other action of Glue is refused by its name: moto finds no handler, and local_aws.emulation says so."""


class GlueResponse(BaseResponse):
    """moto looks for an action's handler by name among the methods."""

    def __init__(self) -> None:
        super().__init__(service_name="glue")
        self.automated_parameter_parsing = True


def _performing(action: str, operation: Operation) -> Callable[[GlueResponse], ActionResult]:
    def perform(self: GlueResponse) -> ActionResult:
        request = self._get_params()
        constraints.check(action, request, service="glue")
        supported.check(action, request)
        answer = operation(glue_backends[self.current_account][self.region], request)
        return EmptyResult() if answer is None else ActionResult(answer)

    return perform


for _action, _operation in OPERATIONS.items():
    setattr(GlueResponse, camelcase_to_underscores(_action), _performing(_action, _operation))

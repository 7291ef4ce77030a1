"""The CloudFormation API on the wire, in place of moto's.

moto's own CloudFormation creates resources while it answers, drops the properties its models lack, has no rollback
and cannot update what it made; so the engine here is another one, and only moto's parsing of requests and writing of
answers is kept.
"""

from __future__ import annotations

import threading
from typing import Any, ClassVar

from moto.core.responses import ActionResult, BaseResponse, EmptyResult

from local_aws.cloudformation import views
from local_aws.cloudformation.environment import Environment
from local_aws.cloudformation.errors import ChangeSetNotFound, NotEmulated, RequestRefused, StackNotFound
from local_aws.cloudformation.letters import Letterbox
from local_aws.cloudformation.request import body_of, submission_of
from local_aws.cloudformation.stacks import Stacks
from local_aws.cloudformation.template import parse
from local_aws.paging import page_of
from local_aws.world import World

PAGE = 100


class Regions:
    """The stacks of every region, made when first asked for."""

    def __init__(self, world: World, letters: Letterbox) -> None:
        self._world, self._letters = world, letters
        self._stacks: dict[str, Stacks] = {}
        self._lock = threading.Lock()

    def __getitem__(self, region: str) -> Stacks:
        with self._lock:
            if region not in self._stacks:
                self._stacks[region] = Stacks(Environment(self._world, region, letters=self._letters))
            return self._stacks[region]

    def stack_arn(self, region: str, name: str) -> str | None:
        """The ARN of the stack called so, by its name, its ARN or that of one of its change sets."""
        try:
            return self[region].get(name).arn
        except StackNotFound:
            pass
        try:
            return self[region].change_set(name, None)[0].arn
        except ChangeSetNotFound:
            return None


class CloudFormationApi(BaseResponse):
    """One method per action, named like it; each answers what botocore's model of the action says."""

    regions: ClassVar[Regions]
    """Given by the subclass that is installed: moto makes a new object for each request."""

    def __init__(self) -> None:
        super().__init__(service_name="cloudformation")
        self.automated_parameter_parsing = True

    @property
    def _stacks(self) -> Stacks:
        return self.regions[self.region]

    def create_change_set(self) -> ActionResult:
        kind = self._get_param("ChangeSetType", "UPDATE")
        if kind not in ("CREATE", "UPDATE"):
            raise NotEmulated(f"ChangeSetType {kind} is not emulated")
        submission = submission_of(self.params, self._stacks.environment)
        name, description = self._get_param("ChangeSetName"), self._get_param("Description")
        change_set = self._stacks.create_change_set(submission, name, kind, description)
        return ActionResult({"Id": change_set.arn, "StackId": self._stacks.get(submission.stack_name).arn})

    def describe_change_set(self) -> ActionResult:
        return ActionResult(views.change_set_view(*self._stacks.change_set(*self._change_set_names())))

    def delete_change_set(self) -> ActionResult:
        self._stacks.delete_change_set(*self._change_set_names())
        return EmptyResult()

    def execute_change_set(self) -> ActionResult:
        token, roll_back = self._get_param("ClientRequestToken"), not self._get_bool_param("DisableRollback", False)
        self._stacks.execute(*self._change_set_names(), roll_back=roll_back, token=token)
        return EmptyResult()

    def list_change_sets(self) -> ActionResult:
        stack = self._stacks.get(self._get_param("StackName"))
        summaries = [views.change_set_summary(stack, change_set) for change_set in list(stack.change_sets.values())]
        return ActionResult({"Summaries": summaries})

    def create_stack(self) -> ActionResult:
        stack = self._stacks.create(
            submission_of(self.params, self._stacks.environment),
            roll_back=not self._get_bool_param("DisableRollback", False),
            protected=self._get_bool_param("EnableTerminationProtection", False),
        )
        return ActionResult({"StackId": stack.arn})

    def update_stack(self) -> ActionResult:
        submission = submission_of(self.params, self._stacks.environment)
        stack = self._stacks.update(submission, roll_back=not self._get_bool_param("DisableRollback", False))
        return ActionResult({"StackId": stack.arn})

    def delete_stack(self) -> ActionResult:
        self._stacks.delete(
            self._get_param("StackName"),
            role_arn=self._get_param("RoleARN"),
            token=self._get_param("ClientRequestToken"),
            retain=frozenset(self._get_param("RetainResources") or ()),
        )
        return EmptyResult()

    def update_termination_protection(self) -> ActionResult:
        stack = self._stacks.get(self._get_param("StackName"))
        stack.termination_protection = self._get_bool_param("EnableTerminationProtection")
        return ActionResult({"StackId": stack.arn})

    def describe_stacks(self) -> ActionResult:
        name = self._get_param("StackName")
        found = [self._stacks.get(name)] if name else [stack for stack in self._stacks.all() if stack.deleted is None]
        return self._page("Stacks", [views.stack_view(stack) for stack in found])

    def list_stacks(self) -> ActionResult:
        wanted = self._get_param("StackStatusFilter")
        found = [stack for stack in self._stacks.all() if not wanted or stack.status in wanted]
        return self._page("StackSummaries", [views.summary_view(stack) for stack in found])

    def describe_stack_events(self) -> ActionResult:
        stack = self._stacks.get(self._get_param("StackName"))
        return self._page("StackEvents", [views.event_view(stack, event) for event in reversed(stack.events)])

    def describe_events(self) -> ActionResult:
        """Events of early validation, which is none here: what it would find fails CreateChangeSet itself."""
        return ActionResult({"OperationEvents": []})

    def list_hook_results(self) -> ActionResult:
        """No hooks can be registered, so none has failed."""
        return ActionResult({"HookResults": []})

    def describe_stack_resource(self) -> ActionResult:
        name = self._get_param("LogicalResourceId")
        views_by_id = {view["LogicalResourceId"]: view for view in self._resources()}
        if name not in views_by_id:
            raise RequestRefused(f"Resource {name} does not exist for stack {self._get_param('StackName')}")
        return ActionResult({"StackResourceDetail": views_by_id[name]})

    def describe_stack_resources(self) -> ActionResult:
        wanted = self._get_param("LogicalResourceId")
        found = [view for view in self._resources() if wanted in (None, view["LogicalResourceId"])]
        return ActionResult({"StackResources": found})

    def list_stack_resources(self) -> ActionResult:
        return self._page("StackResourceSummaries", self._resources())

    def get_template(self) -> ActionResult:
        name, change_set = self._get_param("StackName"), self._get_param("ChangeSetName")
        plan = self._stacks.change_set(change_set, name)[1].plan if change_set else self._stacks.get(name).plan
        body = plan.template.body if plan else ""  # a stack under review has none yet; the CDK CLI asks all the same
        return ActionResult({"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]})

    def get_template_summary(self) -> ActionResult:
        name = self._get_param("StackName")
        plan = self._stacks.get(name).plan if name else None
        body = body_of(self.params, self._stacks.environment) or (plan.template.body if plan else None)
        if body is None:
            raise RequestRefused("One of TemplateBody, TemplateURL or the name of a stack with a template is needed")
        return ActionResult(views.template_summary(parse(body)))

    def validate_template(self) -> ActionResult:
        template = parse(body_of(self.params, self._stacks.environment) or "")
        return ActionResult(views.template_summary(template))

    def list_exports(self) -> ActionResult:
        return self._page("Exports", views.export_views(self._stacks.exports.all()))

    def list_imports(self) -> ActionResult:
        return self._page("Imports", self._stacks.exports.importers(self._get_param("ExportName")))

    def _change_set_names(self) -> tuple[str, str | None]:
        return self._get_param("ChangeSetName"), self._get_param("StackName")

    def _resources(self) -> list[dict[str, Any]]:
        stack = self._stacks.get(self._get_param("StackName"))
        return [views.resource_view(stack, resource) for resource in list(stack.resources.values())]

    def _page(self, key: str, items: list[Any]) -> ActionResult:
        page, following = page_of(items, token=self._get_param("NextToken"), size=PAGE, refusal=RequestRefused)
        return ActionResult({key: page, "NextToken": following})

"""Stacks, resources, events and change sets in the shapes of the API's answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from local_aws.cloudformation.parameters import Parameter
from local_aws.cloudformation.plan import Plan
from local_aws.cloudformation.stack import Change, ChangeSet, Event, Output, Stack, StackResource
from local_aws.cloudformation.template import Template
from local_aws.cloudformation.types.base import tag_list

View = dict[str, Any]


def stack_view(stack: Stack) -> View:
    """A Stack of DescribeStacks."""
    plan = stack.plan
    return {
        "StackId": stack.arn,
        "StackName": stack.name,
        "ChangeSetId": stack.last_change_set,
        "Description": plan and plan.template.description,
        "Parameters": parameters_view(plan),
        "CreationTime": stack.created,
        "LastUpdatedTime": stack.updated,
        "DeletionTime": stack.deleted,
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "DisableRollback": False,
        "NotificationARNs": [],
        "Capabilities": [],
        "Outputs": [_output_view(output) for output in stack.outputs.values()],
        "RoleARN": stack.role_arn,
        "Tags": tag_list(plan.tags) if plan else [],
        "EnableTerminationProtection": stack.termination_protection,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def summary_view(stack: Stack) -> View:
    """A StackSummary of ListStacks."""
    names = [
        "StackId",
        "StackName",
        "CreationTime",
        "LastUpdatedTime",
        "DeletionTime",
        "StackStatus",
        "StackStatusReason",
    ]
    view = stack_view(stack)
    return {name: view[name] for name in [*names, "DriftInformation"]} | {
        "TemplateDescription": view["Description"],
    }


def parameters_view(plan: Plan | None) -> list[View]:
    """Parameters; those with NoEcho masked."""
    return [_parameter_view(parameter) for parameter in plan.parameters.values()] if plan else []


def resource_view(stack: Stack, resource: StackResource) -> View:
    """A StackResource, its detail and its summary: they share their members' names but one."""
    return {
        "StackName": stack.name,
        "StackId": stack.arn,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type_name,
        "Timestamp": resource.updated,
        "LastUpdatedTimestamp": resource.updated,
        "ResourceStatus": resource.status,
        "ResourceStatusReason": resource.reason,
    }


def event_view(stack: Stack, event: Event) -> View:
    """A StackEvent."""
    return {
        "StackId": stack.arn,
        "StackName": stack.name,
        "EventId": event.event_id,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.type_name,
        "Timestamp": event.at,
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason,
        "ClientRequestToken": event.token,
    }


def change_set_view(stack: Stack, change_set: ChangeSet) -> View:
    """What DescribeChangeSet answers."""
    return {
        **change_set_summary(stack, change_set),
        "Parameters": parameters_view(change_set.plan),
        "Tags": tag_list(change_set.plan.tags),
        "Capabilities": [],
        "Changes": [{"Type": "Resource", "ResourceChange": _change_view(change)} for change in change_set.changes],
    }


def change_set_summary(stack: Stack, change_set: ChangeSet) -> View:
    """A ChangeSetSummary of ListChangeSets."""
    return {
        "StackId": stack.arn,
        "StackName": stack.name,
        "ChangeSetId": change_set.arn,
        "ChangeSetName": change_set.name,
        "ExecutionStatus": "UNAVAILABLE" if change_set.failure else "AVAILABLE",
        "Status": change_set.status,
        "StatusReason": change_set.failure,
        "CreationTime": change_set.created,
        "Description": change_set.description,
    }


def template_summary(template: Template) -> View:
    """What GetTemplateSummary answers."""
    types = [declared.type_name for declared in template.resources.values()]
    return {
        "Parameters": [
            {
                "ParameterKey": name,
                "DefaultValue": shape.get("Default"),
                "ParameterType": shape.get("Type", "String"),
                "NoEcho": str(shape.get("NoEcho", "false")).lower() == "true",
                "Description": shape.get("Description"),
                "ParameterConstraints": {"AllowedValues": shape.get("AllowedValues")},
            }
            for name, shape in template.parameters.items()
        ],
        "Description": template.description,
        "ResourceTypes": sorted(set(types)),
        "Capabilities": ["CAPABILITY_NAMED_IAM"] if any(name.startswith("AWS::IAM::") for name in types) else [],
        "Metadata": template.metadata_text,
    }


def export_views(exports: Iterable[tuple[Stack, Output]]) -> list[View]:
    """The Exports of ListExports."""
    return [{"ExportingStackId": stack.arn, "Name": output.export, "Value": output.value} for stack, output in exports]


def _output_view(output: Output) -> View:
    return {
        "OutputKey": output.key,
        "OutputValue": output.value,
        "Description": output.description,
        "ExportName": output.export,
    }


def _parameter_view(parameter: Parameter) -> View:
    return {
        "ParameterKey": parameter.name,
        "ParameterValue": "****" if parameter.no_echo else parameter.given,
        "ResolvedValue": parameter.resolved,
    }


def _change_view(change: Change) -> View:
    return {
        "Action": change.action,
        "LogicalResourceId": change.logical_id,
        "PhysicalResourceId": change.physical_id,
        "ResourceType": change.type_name,
        "Replacement": change.replacement,
        "Scope": ["Properties"] if change.action == "Modify" else [],
        "Details": [],
    }

"""The stage's own network: what is in it, and that what is called from there can be reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.settings import STAGES
from tests.infra.machine import definition, flat
from tests.infra.options import EVERYTHING, everything
from tests.infra.rendering import Json, rendered, resources
from tests.infra.statements import listed, statements
from tests.infra.synthesis import STACKS, Assembly, synthesized

SUBNETS = [f"${{NetworkVpcPrivateSubnet{number}Subnet" for number in (1, 2)]
BY_THE_SERVICE = {"ec2", "iam", "kms", "sqs", "xray"}
"""Prefixes of actions that code does not call: Lambda itself joins the network, sends traces and buries events, a role
is passed and a key is used within another call."""
ENDPOINT_OF = {
    "application-autoscaling": {"application-autoscaling"},
    "cloudformation": {"cloudformation"},
    "glue": {"glue"},
    "logs": {"logs"},
    "s3": {"s3"},
    "sagemaker": {"sagemaker.api", "sagemaker.runtime"},
    "scheduler": {"scheduler"},
    "ssm": {"ssm"},
    "states": {"states"},
}
"""Names in `com.amazonaws.<region>.<name>` of the services that actions are of (VPC, "Available endpoint services")."""
OWN_LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
"""What Lambda writes for a function, from outside of the network."""


@pytest.fixture(scope="module")
def template(full: Assembly) -> Json:
    return full.template("Pipeline")


def test_a_stage_that_does_not_ask_has_none(assemblies: dict[str, Assembly]) -> None:
    for assembly in assemblies.values():
        for stack in STACKS:
            kinds = {one["Type"] for one in assembly.template(stack)["Resources"].values()}
            assert not {kind for kind in kinds if kind.startswith("AWS::EC2::")}
            assert "VpcConfig" not in str(assembly.template(stack))


def test_there_is_no_way_to_the_internet(template: Json) -> None:
    kinds = {one["Type"] for one in template["Resources"].values()}
    assert not kinds & {f"AWS::EC2::{kind}" for kind in ("InternetGateway", "NatGateway", "Route", "EIP")}
    subnets = resources(template, "AWS::EC2::Subnet").values()
    assert [one["MapPublicIpOnLaunch"] for one in subnets] == [False, False]
    assert len({str(one["AvailabilityZone"]) for one in subnets}) == 2
    (flows,) = resources(template, "AWS::EC2::FlowLog").values()
    assert flows["TrafficType"] == "ALL"


def test_flow_logs_are_written_for_this_account_alone(template: Json) -> None:
    (statement,) = resources(template, "AWS::IAM::Role")["NetworkFlowLogRole"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    logs = "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:vpc-flow-log/*"
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"},
        "ArnLike": {"aws:SourceArn": logs},
    }


def test_what_lambda_may_do_for_a_function_its_code_may_not(template: Json) -> None:
    may: dict[str, dict[str, set[str]]] = {}
    for role, one in statements(template):
        of_ec2 = {action for action in listed(one["Action"]) if action.startswith("ec2:")}
        if of_ec2:
            may.setdefault(role, {}).setdefault(one["Effect"], set()).update(of_ec2)
            denied_to = one.get("Condition", {}).get("ArnLike", {}).get("lambda:SourceFunctionArn", "")
            assert one["Effect"] == "Allow" or denied_to.endswith(":function:*")
    functions = {
        one["Role"].removeprefix("${").split(".")[0][:-8]
        for one in resources(template, "AWS::Lambda::Function").values()
    }
    assert len(functions) > 10
    for role in functions:
        assert may[role]["Deny"] == may[role]["Allow"], role


def test_nobody_outside_may_call_what_is_in_it(template: Json) -> None:
    rules = list(_ingress(template))
    assert len(rules) == 3
    for rule in rules:
        assert not {"CidrIp", "CidrIpv6", "SourcePrefixListId"} & set(rule)
        assert rule["SourceSecurityGroupId"].startswith("${Network")


def test_every_function_is_in_it(template: Json) -> None:
    functions = resources(template, "AWS::Lambda::Function")
    assert len(functions) > 10
    for name, function in functions.items():
        _check_place(function["VpcConfig"], "SubnetIds", "NetworkFunctions", name)


def test_trainings_models_and_spark_are_in_it(template: Json) -> None:
    states = flat(definition(template))["States"]
    places = {name: _of_job(state["Arguments"]) for name, state in states.items() if _creates(state)}
    assert set(places) == {"Train Model", "Train Ranking Model", "Tune Model", "Create Model"}
    for name, place in places.items():
        _check_place(place, "Subnets", "NetworkJobs", name)
    (job,) = resources(template, "AWS::Glue::Job").values()
    (connection,) = resources(template, "AWS::Glue::Connection").values()
    assert job["Connections"] == {"Connections": ["${SparkConnection3AF2F780}"]}
    place = connection["ConnectionInput"]["PhysicalConnectionRequirements"]
    assert place["SubnetId"].startswith(SUBNETS[0])
    assert [group[:13] for group in place["SecurityGroupIdList"]] == ["${NetworkJobs"]


def test_every_service_that_is_called_has_an_endpoint_and_no_other_has(template: Json) -> None:
    called = {action for role, actions in _actions(template) for action in actions - OWN_LOG}
    prefixes = {action.partition(":")[0] for action in called} - BY_THE_SERVICE
    assert prefixes <= set(ENDPOINT_OF), "an action of a service that nothing is known of here"
    needed = {endpoint for prefix in prefixes for endpoint in ENDPOINT_OF[prefix]}
    endpoints = resources(template, "AWS::EC2::VPCEndpoint").values()
    assert [one["ServiceName"].split("}.")[1] for one in endpoints if one["VpcEndpointType"] == "Gateway"] == ["s3"]
    assert {one["ServiceName"].split("}.")[1] for one in endpoints} == needed
    for one in endpoints:
        if one["VpcEndpointType"] == "Interface":
            assert one["PrivateDnsEnabled"] is True
            assert [subnet[: len(SUBNETS[0])] for subnet in one["SubnetIds"]] == SUBNETS


def test_credentials_of_another_account_get_nothing_out(template: Json) -> None:
    for one in resources(template, "AWS::EC2::VPCEndpoint").values():
        own, *others = one["PolicyDocument"]["Statement"]
        assert own["Condition"] == {"StringEquals": {"aws:PrincipalAccount": "${AWS::AccountId}"}}
        for other in others:
            assert (one["VpcEndpointType"], other["Action"]) == ("Gateway", "s3:PutObject")
            assert "cloudformation-custom-resource-response-" in other["Resource"]


def test_whoever_calls_comes_after_the_ways_and_goes_before_them(template: Json) -> None:
    ways = {
        id_
        for id_, one in template["Resources"].items()
        if one["Type"] in ("AWS::EC2::VPCEndpoint", "AWS::EC2::SubnetRouteTableAssociation")
    }
    assert len(ways) == 12
    callers = ("AWS::Lambda::Function", "AWS::Glue::Job", "Custom::Teardown")
    found = [id_ for id_, one in template["Resources"].items() if one["Type"] in callers]
    assert len(found) > 12
    for id_ in found:
        assert ways <= _before(template, id_), id_


def test_who_leaves_is_out_while_the_network_and_the_rights_to_leave_it_stay(
    tmp_path: Path, template: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(STAGES, EVERYTHING, replace(everything(), vpc="leaving"))
    leaving = synthesized(tmp_path, stage=EVERYTHING, **{"aws:cdk:disable-asset-staging": True}).template("Pipeline")
    assert "VpcConfig" not in str(leaving)
    assert not resources(leaving, "AWS::Glue::Connection")
    kinds = ("VPC", "Subnet", "SecurityGroup", "VPCEndpoint", "FlowLog")
    for kind in kinds:
        assert resources(leaving, f"AWS::EC2::{kind}") == resources(template, f"AWS::EC2::{kind}")
    joins = {role for role, one in statements(template) if "ec2:DeleteNetworkInterface" in listed(one["Action"])}
    still = {role for role, one in statements(leaving) if "ec2:DeleteNetworkInterface" in listed(one["Action"])}
    assert joins - still == {"SparkRole"}  # a run has no interfaces when it is over
    fetch = resources(leaving, "AWS::Lambda::Function")["FunctionsFetchFunction"]
    assert fetch["Environment"]["Variables"]["NETWORK"] == "internet"


def test_executions_by_themselves_make_no_serverless_endpoint_in_it() -> None:
    given = {"deploy": {"mode": "serverless"}}
    assert replace(STAGES["dev"], retrain_input=given).retrain_input == given
    with pytest.raises(ValueError, match=r"retrain_input\.deploy\.mode is 'serverless', expected 'realtime' or 'none'"):
        replace(STAGES["dev"], vpc="own", retrain_input=given)
    with pytest.raises(ValueError, match="vpc is 'yes', expected 'none', 'own' or 'leaving'"):
        replace(STAGES["dev"], vpc="yes")


def _ingress(template: Json) -> Iterator[Json]:
    yield from resources(template, "AWS::EC2::SecurityGroupIngress").values()
    for group in resources(template, "AWS::EC2::SecurityGroup").values():
        yield from group.get("SecurityGroupIngress", [])


def _before(template: Json, id_: str) -> set[str]:
    """What CloudFormation makes before it, by dependencies and references."""
    every, found, left = template["Resources"], set[str](), [id_]
    while left:
        one = every[left.pop()]
        named = set(one.get("DependsOn", [])) | _named(one.get("Properties", {}))
        left += [other for other in named & every.keys() if other not in found]
        found |= named & every.keys()
    return found


def _named(value: Any) -> set[str]:
    match value:
        case {"Ref": str() as name} | {"Fn::GetAtt": [str() as name, _]}:
            return {name}
        case dict():
            return {name for item in value.values() for name in _named(item)}
        case list():
            return {name for item in value for name in _named(item)}
    return set()


def _check_place(place: Any, subnets: str, group: str, name: str) -> None:
    found = rendered(place)
    assert [one[: len(SUBNETS[0])] for one in found[subnets]] == SUBNETS, name
    assert [one[: len(group) + 2] for one in found["SecurityGroupIds"]] == ["${" + group], name


def _creates(state: Json) -> bool:
    made = ("createTrainingJob.sync", "createHyperParameterTuningJob.sync", "sagemaker:createModel")
    return str(state.get("Resource", "")).endswith(made)


def _of_job(arguments: Json) -> Json:
    place: Json = arguments.get("TrainingJobDefinition", arguments)["VpcConfig"]
    return place


def _actions(template: Json) -> Iterator[tuple[str, set[str]]]:
    """Of the roles of functions and of Spark's job."""
    running = [*resources(template, "AWS::Lambda::Function").values(), *resources(template, "AWS::Glue::Job").values()]
    roles = {(one["Role"]).removeprefix("${").split(".")[0][:-8] for one in running}
    found = 0
    for role, statement in statements(template):
        if role in roles:
            found += 1
            yield role, set(listed(statement["Action"]))
    assert found > 2 * len(roles) > 20

"""AWS::SageMaker::ModelPackageGroup in a stack."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.sagemaker.laboratory import Lab

WAIT = {"Delay": 0.1, "MaxAttempts": 600}


def template(name: str, **changes: Any) -> str:
    properties = {"ModelPackageGroupName": name, "ModelPackageGroupDescription": "Films.", **changes}
    group = {"Type": "AWS::SageMaker::ModelPackageGroup", "Properties": properties}
    outputs = {
        "Ref": {"Value": {"Ref": "Group"}},
        "Arn": {"Value": {"Fn::GetAtt": ["Group", "ModelPackageGroupArn"]}},
        "Status": {"Value": {"Fn::GetAtt": ["Group", "ModelPackageGroupStatus"]}},
    }
    return json.dumps({"Resources": {"Group": group}, "Outputs": outputs})


def test_a_group_comes_changes_and_goes_with_its_stack(lab: Lab) -> None:
    formation, sagemaker = lab.aws("cloudformation"), lab.aws("sagemaker")
    stack, name = lab.name("stack"), lab.name("group")
    tags = [{"Key": "k", "Value": "v"}, {"Key": "gone", "Value": "soon"}]
    formation.create_stack(StackName=stack, TemplateBody=template(name, Tags=tags))
    formation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig=WAIT)
    (described,) = formation.describe_stacks(StackName=stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    arn = f"arn:aws:sagemaker:eu-west-1:123456789012:model-package-group/{name}"
    assert outputs == {"Ref": arn, "Arn": arn, "Status": "Completed"}
    formation.update_stack(StackName=stack, TemplateBody=template(name, Tags=[{"Key": "k", "Value": "w"}]))
    formation.get_waiter("stack_update_complete").wait(StackName=stack, WaiterConfig=WAIT)
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "k", "Value": "w"}]
    formation.delete_stack(StackName=stack)
    formation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig=WAIT)
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_model_package_group(ModelPackageGroupName=name)

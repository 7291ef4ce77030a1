"""What each role may do, in full, and who may take it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.infra.rendering import Json, masked, resources, without_hash
from tests.infra.synthesis import STACKS, Assembly

NAME = "movie-recommender-dev"
OWN_LOG = "logs:CreateLogStream logs:PutLogEvents"
OBSERVE = (
    "logs:CreateLogDelivery logs:DeleteLogDelivery logs:DescribeLogGroups logs:DescribeResourcePolicies "
    "logs:GetLogDelivery logs:ListLogDeliveries logs:PutResourcePolicy logs:UpdateLogDelivery "
    "xray:GetSamplingRules xray:GetSamplingTargets xray:PutTelemetryRecords xray:PutTraceSegments"
)
SAGEMAKER_LOG = "logs:CreateLogGroup logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents"
FUNCTIONS = ("Collect", "Evaluate", "Fetch", "Prepare", "Report", "Validate", "Verify")
ASSETS = "arn:${AWS::Partition}:s3:::cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"
JOBS = f"sagemaker:training-job/{NAME}-*"
MODELS = f"sagemaker:model/{NAME}-*"
CONFIGS = f"sagemaker:endpoint-config/{NAME}-*"
ENDPOINT = f"sagemaker:endpoint/{NAME}"
PREPARED = " ".join(
    f"s3:bucket/runs/*/{name}"
    for name in ("feature_space.json", "items.json", "prepared.json", "prepared/*", "rejected.json", "side_data.npz")
)
STORE_PREPARED = {"s3:AbortMultipartUpload s3:PutObject": PREPARED}

# Role → actions → resources: ARNs without partition, region and account; the bucket by its name here.
EXPECTED: dict[str, dict[str, str]] = {
    "FunctionsValidateRole": {OWN_LOG: "${FunctionsValidateLog.Arn}"},
    "FunctionsFetchRole": {
        OWN_LOG: "${FunctionsFetchLog.Arn}",
        "s3:ListBucket": "s3:bucket",
        "s3:PutObject": "s3:bucket/datasets/*",
    },
    "FunctionsPrepareRole": {
        OWN_LOG: "${FunctionsPrepareLog.Arn}",
        "s3:ListBucket": "s3:bucket",
        "s3:GetObject": "s3:bucket/datasets/*",
        **STORE_PREPARED,
    },
    "FunctionsCollectRole": {
        OWN_LOG: "${FunctionsCollectLog.Arn}",
        "s3:GetObject": "s3:bucket/runs/*/prepared.json",
    },
    "SparkRole": {
        "s3:ListBucket": "s3:bucket",
        "s3:GetObject": "s3:assets/<asset hash>.py s3:assets/<asset hash>.zip s3:bucket/datasets/*",
        **STORE_PREPARED,
        "logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents": "logs:log-group:/aws-glue/jobs/*",
    },
    "FunctionsEvaluateRole": {
        OWN_LOG: "${FunctionsEvaluateLog.Arn}",
        "s3:GetObject": "s3:bucket/runs/*/model/* s3:bucket/runs/*/prepared/test/*",
        "s3:PutObject": "s3:bucket/runs/*/evaluation.json",
    },
    "FunctionsVerifyRole": {
        OWN_LOG: "${FunctionsVerifyLog.Arn}",
        "s3:GetObject": "s3:bucket/runs/*/feature_space.json s3:bucket/runs/*/items.json "
        "s3:bucket/runs/*/model/* s3:bucket/runs/*/prepared/* s3:bucket/runs/*/side_data.npz",
        "s3:PutObject": "s3:bucket/runs/*/predictions.json",
        "sagemaker:InvokeEndpoint": ENDPOINT,
    },
    "FunctionsReportRole": {
        OWN_LOG: "${FunctionsReportLog.Arn}",
        "s3:GetObject": "s3:bucket/runs/*/evaluation.json s3:bucket/runs/*/predictions.json "
        "s3:bucket/runs/*/ranking.json",
        "logs:DescribeLogStreams": "logs:log-group:/aws/sagemaker/TrainingJobs:*",
        "logs:GetLogEvents": f"logs:log-group:/aws/sagemaker/TrainingJobs:log-stream:{NAME}-*",
        "s3:PutObject": "s3:bucket/runs/*/report.html s3:bucket/runs/*/result.json",
    },
    "RecommenderTrainRole": {
        "s3:GetObject": "s3:bucket/runs/*/prepared/*",
        "s3:ListBucket": "s3:bucket",
        "s3:PutObject": "s3:bucket/runs/*/model/*",
        SAGEMAKER_LOG: "logs:log-group:/aws/sagemaker/TrainingJobs*",
        "cloudwatch:PutMetricData": "*",
    },
    "RecommenderPublishHostingRole": {
        "s3:GetObject": "s3:bucket/runs/*/model/*",
        SAGEMAKER_LOG: "logs:log-group:/aws/sagemaker/Endpoints*",
        "cloudwatch:PutMetricData": "*",
    },
    "RecommenderMachineRole": {
        OBSERVE: "*",
        "lambda:InvokeFunction": " ".join(f"${{Functions{name}Function.Arn}}" for name in FUNCTIONS),
        "glue:BatchStopJobRun glue:GetJobRun glue:GetJobRuns glue:StartJobRun": f"glue:job/{NAME}-prepare",
        "sagemaker:AddTags sagemaker:CreateTrainingJob sagemaker:DescribeTrainingJob sagemaker:ListTags "
        "sagemaker:StopTrainingJob": JOBS,
        "iam:PassRole": "${RecommenderPublishHostingRole.Arn} ${RecommenderTrainRole.Arn}",
        "events:DescribeRule events:PutRule events:PutTargets": (
            "events:rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule"
        ),
        "sagemaker:CreateModel": MODELS,
        "sagemaker:CreateEndpointConfig": CONFIGS,
        "sagemaker:CreateEndpoint sagemaker:UpdateEndpoint": f"{CONFIGS} {ENDPOINT}",
        "sagemaker:DeleteEndpoint sagemaker:DescribeEndpoint": ENDPOINT,
        "sagemaker:DeleteEndpointConfig sagemaker:DeleteModel": f"{CONFIGS} {MODELS}",
    },
}
CONDITIONS = {
    "FunctionsFetchRole s3:ListBucket": {"StringLike": {"s3:prefix": ["datasets/*"]}},
    "FunctionsPrepareRole s3:ListBucket": {"StringLike": {"s3:prefix": ["datasets/*"]}},
    "SparkRole s3:ListBucket": {"StringLike": {"s3:prefix": ["datasets/*"]}},
    "RecommenderTrainRole s3:ListBucket": {"StringLike": {"s3:prefix": ["runs/*"]}},
    "RecommenderTrainRole cloudwatch:PutMetricData": {
        "StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/TrainingJobs"}
    },
    "RecommenderPublishHostingRole cloudwatch:PutMetricData": {
        "StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/Endpoints"}
    },
    "RecommenderMachineRole iam:PassRole": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
}


def test_each_role_may_do_exactly_this(pipeline: Json) -> None:
    granted: dict[str, dict[str, str]] = {role: {} for role in resources(pipeline, "AWS::IAM::Role")}
    for role, statement in _statements(pipeline):
        granted[role][" ".join(_listed(statement["Action"]))] = " ".join(_short(masked(statement["Resource"])))
    assert granted == EXPECTED


def test_the_spark_job_may_do_what_the_function_does_and_fetch_its_code() -> None:
    """The same preparation needs the same permissions, whoever runs it."""
    function, spark = EXPECTED["FunctionsPrepareRole"], EXPECTED["SparkRole"]
    assert {action for action in function if action.startswith("s3:")} == {
        action for action in spark if action.startswith("s3:")
    }
    assert CONDITIONS["SparkRole s3:ListBucket"] == CONDITIONS["FunctionsPrepareRole s3:ListBucket"]
    code = "s3:assets/<asset hash>.py s3:assets/<asset hash>.zip"
    assert spark["s3:GetObject"] == f"{code} {function['s3:GetObject']}"


def test_conditions_narrow_listing_and_passing(pipeline: Json) -> None:
    found = {
        f"{role} {statement['Action']}": statement["Condition"]
        for role, statement in _statements(pipeline)
        if "Condition" in statement
    }
    assert found == CONDITIONS


def test_statements_only_allow_and_name_each_action(pipeline: Json) -> None:
    for role, statement in _statements(pipeline):
        assert statement["Effect"] == "Allow"
        assert not {"NotAction", "NotResource"} & statement.keys()
        assert not [action for action in _listed(statement["Action"]) if "*" in action], role


def test_roles_have_nothing_beside_their_own_policy(pipeline: Json) -> None:
    for role, properties in resources(pipeline, "AWS::IAM::Role").items():
        assert not properties.keys() & {"ManagedPolicyArns", "Policies"}, role
    assert all(len(policy["Roles"]) == 1 for policy in resources(pipeline, "AWS::IAM::Policy").values())


def test_each_role_trusts_one_service_on_behalf_of_this_account(pipeline: Json) -> None:
    ours = {"StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"}}
    expected: dict[str, tuple[str, Json]] = {
        **{role: ("lambda.amazonaws.com", {}) for role in EXPECTED if role.startswith("Functions")},
        "SparkRole": ("glue.amazonaws.com", {}),  # infra.spark says why
        "RecommenderTrainRole": ("sagemaker.amazonaws.com", ours),
        "RecommenderPublishHostingRole": ("sagemaker.amazonaws.com", ours),
        "RecommenderMachineRole": ("states.amazonaws.com", ours),
    }
    trusted = {}
    for role, properties in resources(pipeline, "AWS::IAM::Role").items():
        (statement,) = properties["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Action"] == "sts:AssumeRole"
        trusted[role] = (statement["Principal"]["Service"], statement.get("Condition", {}))
    assert trusted == expected


@pytest.mark.parametrize("stack", STACKS)
def test_every_wildcard_is_acknowledged_with_a_reason(dev: Assembly, stack: str) -> None:
    """One acknowledgement for each: none is missing, none is left over from a permission that is gone."""
    wildcards = {
        (role, _as_finding(resource))
        for role, statement in _statements(dev.template(stack))
        for resource in _listed(statement["Resource"])
        if "*" in resource
    }
    reasons = {
        (path.removeprefix(f"/{stack}/").replace("/", ""), found.group(1)): reason
        for path, findings in dev.acknowledged(stack).items()
        for finding, reason in findings.items()
        if (found := re.search(r"IAM5\[Resource::(.*)\]$", finding))
    }
    assert wildcards == reasons.keys()
    assert all(len(reason.split()) >= 4 for reason in reasons.values())


def test_beside_wildcards_only_the_spark_job_has_acknowledged_findings(dev: Assembly) -> None:
    """It has no security configuration: CloudWatch encrypts its logs without one, and it keeps no bookmarks."""
    others = {
        (path, _rule(finding)): reason
        for stack in STACKS
        for path, findings in dev.acknowledged(stack).items()
        for finding, reason in findings.items()
        if "AwsSolutions-IAM5[Resource::" not in finding
    }
    job = "/Pipeline/Spark/Job"
    assert others.keys() == {(job, "AwsSolutions-GL1"), (job, "AwsSolutions-GL3")}
    assert all("encrypted" in reason and "bookmarks" in reason for reason in others.values())


def _statements(template: Json) -> Iterator[tuple[str, Json]]:
    """Each statement of each role's own policy."""
    for policy in resources(template, "AWS::IAM::Policy").values():
        (role,) = policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]:
            yield without_hash(role.strip("${}")), statement


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _short(value: str | list[str]) -> list[str]:
    return sorted(_short_arn(resource) for resource in _listed(value))


def _short_arn(resource: str) -> str:
    """Only the service and the resource of an ARN of this partition, region and account; others raise."""
    if resource == "*" or resource.startswith("${"):
        return re.sub(r"[0-9A-F]{8}(?=\.Arn}$)", "", resource)
    bucket = resource.removeprefix(f"arn:${{AWS::Partition}}:s3:::${{import {NAME}-bucket}}")
    if bucket != resource:
        return f"s3:bucket{bucket}"
    if resource.startswith(ASSETS):
        return f"s3:assets{resource.removeprefix(ASSETS)}"
    arn = re.fullmatch(r"arn:\$\{AWS::Partition}:(\w+):\$\{AWS::Region}:\$\{AWS::AccountId}:(.+)", resource)
    assert arn, f"{resource}: expected partition, region and account by reference"
    return f"{arn[1]}:{arn[2]}"


def _rule(finding: str) -> str:
    """The rule's own name, without the pack's."""
    return finding.rpartition("::")[2]


def _as_finding(resource: str) -> str:
    """The resource in cdk-nag's spelling."""
    return re.sub(r"\$\{import ([^}]+)}", r"\1", re.sub(r"\$\{([\w:.]+)}", r"<\1>", resource))

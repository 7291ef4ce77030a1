"""What each role of the dev stage may do, by its own policy, and on which conditions."""

from __future__ import annotations

NAME = "movie-recommender-dev"
OWN_LOG = "logs:CreateLogStream logs:PutLogEvents"
OBSERVE = (
    "application-autoscaling:DescribeScalableTargets application-autoscaling:DescribeScalingPolicies "
    "logs:CreateLogDelivery logs:DeleteLogDelivery logs:DescribeLogGroups logs:DescribeResourcePolicies "
    "logs:GetLogDelivery logs:ListLogDeliveries logs:PutResourcePolicy logs:UpdateLogDelivery "
    "xray:GetSamplingRules xray:GetSamplingTargets xray:PutTelemetryRecords xray:PutTraceSegments"
)
TRACE = {"xray:PutTelemetryRecords xray:PutTraceSegments": "*"}
SAGEMAKER_LOG = "logs:CreateLogGroup logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents"
FUNCTIONS = (
    "Batch",
    "Collect",
    "Evaluate",
    "Fetch",
    "Prepare",
    "Publish",
    "Rank",
    "Report",
    "Restore",
    "Retire",
    "Validate",
    "Verify",
)
ASSETS = "arn:${AWS::Partition}:s3:::cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"
JOBS = f"sagemaker:training-job/{NAME}-*"
TUNING_JOBS = "sagemaker:hyper-parameter-tuning-job/mr-dev-*"
RULE_ARN = f"arn:${{AWS::Partition}}:events:${{AWS::Region}}:${{AWS::AccountId}}:rule/{NAME}-approved"
RULE = "events:rule/StepFunctionsGetEventsForSageMaker{}JobsRule"
MODELS = f"sagemaker:model/{NAME}-*"
CONFIGS = f"sagemaker:endpoint-config/{NAME}-*"
ENDPOINT = f"sagemaker:endpoint/{NAME}"
PREPARED = " ".join(
    f"s3:bucket/runs/*/{name}"
    for name in ("feature_space.json", "items.json", "prepared.json", "prepared/*", "rejected.json", "side_data.npz")
)
PACKAGES = f"sagemaker:model-package/{NAME}/*"
ALARMS = " ".join(
    f"cloudwatch:alarm:{NAME}-{of}-{what}" for of in ("challenger", "endpoint") for what in ("errors", "latency")
)
LINKED_SERVICE = "sagemaker.application-autoscaling.amazonaws.com"
LINKED_ROLE = f"role/aws-service-role/{LINKED_SERVICE}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
SCALE = tuple(
    f"application-autoscaling:{verb}"
    for verb in ("DeregisterScalableTarget", "PutScalingPolicy", "RegisterScalableTarget")
)
VERSION = f"ssm:parameter/{NAME}/model"
STORE_PREPARED = {"s3:AbortMultipartUpload s3:PutObject": PREPARED}

EXPIRY = f"scheduler:schedule/{NAME}/endpoint-expiry"
EXECUTIONS = f"states:execution:{NAME}:*"
TRAINING_LOGS = "logs:log-group:/aws/sagemaker/TrainingJobs"
REMOVE_ENDPOINT = {
    "application-autoscaling:DeregisterScalableTarget": "application-autoscaling:scalable-target/*",
    "sagemaker:DeleteEndpoint sagemaker:DescribeEndpoint": ENDPOINT,
    "sagemaker:DeleteEndpointConfig": CONFIGS,
    "sagemaker:DeleteModel": MODELS,
}

# Role → actions → resources: ARNs without partition, region and account; the bucket by its name here.
EXPECTED: dict[str, dict[str, str]] = {
    "FunctionsValidateRole": {OWN_LOG: "${FunctionsValidateLog.Arn}", **TRACE},
    "FunctionsFetchRole": {
        OWN_LOG: "${FunctionsFetchLog.Arn}",
        **TRACE,
        "s3:ListBucket": "s3:bucket",
        "s3:PutObject": "s3:bucket/datasets/*",
    },
    "FunctionsPrepareRole": {
        OWN_LOG: "${FunctionsPrepareLog.Arn}",
        **TRACE,
        "s3:ListBucket": "s3:bucket",
        "s3:GetObject": "s3:bucket/datasets/*",
        **STORE_PREPARED,
    },
    "FunctionsCollectRole": {
        OWN_LOG: "${FunctionsCollectLog.Arn}",
        **TRACE,
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
        **TRACE,
        "s3:GetObject": "s3:bucket/runs/*/feature_space.json s3:bucket/runs/*/model/* s3:bucket/runs/*/prepared.json "
        "s3:bucket/runs/*/prepared/* s3:bucket/runs/*/reference.json s3:bucket/runs/*/side_data.npz",
        "s3:PutObject": "s3:bucket/runs/*/evaluation.json s3:bucket/runs/*/reference.json",
    },
    "FunctionsRankRole": {
        OWN_LOG: "${FunctionsRankLog.Arn}",
        **TRACE,
        "s3:GetObject": "s3:bucket/runs/*/feature_space.json s3:bucket/runs/*/model/* s3:bucket/runs/*/prepared/*",
        "s3:PutObject": "s3:bucket/runs/*/ranking.json",
    },
    "FunctionsVerifyRole": {
        OWN_LOG: "${FunctionsVerifyLog.Arn}",
        **TRACE,
        "s3:GetObject": "s3:bucket/runs/*/feature_space.json s3:bucket/runs/*/items.json "
        "s3:bucket/runs/*/model/* s3:bucket/runs/*/prepared/* s3:bucket/runs/*/side_data.npz",
        "s3:PutObject": "s3:bucket/runs/*/predictions.json",
        "sagemaker:InvokeEndpoint": ENDPOINT,
    },
    "FunctionsReportRole": {
        OWN_LOG: "${FunctionsReportLog.Arn}",
        **TRACE,
        "s3:GetObject": "s3:bucket/runs/*/evaluation.json s3:bucket/runs/*/predictions.json "
        "s3:bucket/runs/*/ranking.json",
        "logs:DescribeLogStreams": "logs:log-group:/aws/sagemaker/TrainingJobs:*",
        "logs:GetLogEvents": f"logs:log-group:/aws/sagemaker/TrainingJobs:log-stream:{NAME}-*",
        "states:GetExecutionHistory": f"states:execution:{NAME}:*",
        "s3:PutObject": "s3:bucket/runs/*/report.html s3:bucket/runs/*/result.json",
    },
    "FunctionsPublishRole": {
        OWN_LOG: "${FunctionsPublishLog.Arn}",
        **TRACE,
        "s3:GetObject": "s3:bucket/runs/*/feature_space.json s3:bucket/runs/*/items.json s3:bucket/runs/*/model/* "
        "s3:bucket/runs/*/prepared/* s3:bucket/runs/*/side_data.npz",
        "s3:AbortMultipartUpload s3:PutObject": "s3:bucket/models/*",
    },
    "FunctionsBatchRole": {
        OWN_LOG: "${FunctionsBatchLog.Arn}",
        **TRACE,
        "s3:GetObject": "s3:bucket/models/*",
        "s3:AbortMultipartUpload s3:PutObject": "s3:bucket/runs/*/batch/*",
    },
    "FunctionsRestoreRole": {
        OWN_LOG: "${FunctionsRestoreLog.Arn}",
        **TRACE,
        "s3:ListBucket": "s3:bucket",
        "s3:GetObject": "s3:bucket/models/*/manifest.json",
        "sagemaker:DescribeModelPackage": PACKAGES,
    },
    "FunctionsRetireRole": {
        OWN_LOG: "${FunctionsRetireLog.Arn}",
        "s3:ListBucket": "s3:bucket",
        "s3:DeleteObject": "s3:bucket/models/*",
        f"sagemaker:ListModelPackages {' '.join(TRACE)}": "*",
        "sagemaker:DeleteModelPackage sagemaker:DescribeModelPackage": PACKAGES,
    },
    "ApprovalsRole": {"states:StartExecution": "${RecommenderMachine}"},
    "ApiAnswerRole": {
        OWN_LOG: "${ApiAnswerLog.Arn}",
        **TRACE,
        "s3:GetObject": "s3:bucket/models/*",
        "ssm:GetParameter": VERSION,
        "sagemaker:InvokeEndpoint": ENDPOINT,
    },
    "ExpiryRole": {"lambda:InvokeFunction": "${ExpiryFunction.Arn}"},
    "ExpiryFunctionRole": {
        OWN_LOG: "${ExpiryFunctionLog.Arn}",
        "states:ListExecutions": f"states:stateMachine:{NAME}",
        "scheduler:GetSchedule": EXPIRY,
        "scheduler:CreateSchedule scheduler:UpdateSchedule": f"{EXPIRY}-again",
        "iam:PassRole to the Scheduler": "${ExpiryRole.Arn}",
        "application-autoscaling:DescribeScalableTargets sagemaker:ListEndpointConfigs sagemaker:ListModels "
        "xray:PutTelemetryRecords xray:PutTraceSegments": "*",
        **REMOVE_ENDPOINT,
    },
    "TeardownFunctionRole": {
        OWN_LOG: "${TeardownFunctionLog.Arn}",
        "cloudformation:DescribeStacks": "${AWS::StackId}",
        "application-autoscaling:DescribeScalableTargets sagemaker:ListEndpointConfigs "
        "sagemaker:ListHyperParameterTuningJobs sagemaker:ListModelPackages sagemaker:ListModels "
        "sagemaker:ListTrainingJobs xray:PutTelemetryRecords xray:PutTraceSegments": "*",
        "states:ListExecutions": "${RecommenderMachine}",
        "states:StopExecution": EXECUTIONS,
        "glue:BatchStopJobRun glue:GetJobRuns": f"glue:job/{NAME}-prepare",
        "sagemaker:DeleteTrainingJob sagemaker:StopTrainingJob": f"{JOBS} sagemaker:training-job/mr-dev-*",
        "sagemaker:DeleteHyperParameterTuningJob sagemaker:StopHyperParameterTuningJob": TUNING_JOBS,
        **REMOVE_ENDPOINT,
        "sagemaker:DeleteModelPackage": f"sagemaker:model-package/{NAME}/*",
        "logs:DeleteLogGroup": f"logs:log-group:/aws/sagemaker/Endpoints/{NAME}:*",
        "logs:DescribeLogStreams": f"{TRAINING_LOGS}:*",
        "logs:DeleteLogStream": f"{TRAINING_LOGS}:log-stream:{NAME}-* {TRAINING_LOGS}:log-stream:mr-dev-*",
    },
    "RecommenderTrainingRole": {
        "s3:GetObject": "s3:bucket/runs/*/prepared/*",
        "s3:ListBucket": "s3:bucket",
        "s3:PutObject": "s3:bucket/runs/*/model/*",
        SAGEMAKER_LOG: "logs:log-group:/aws/sagemaker/TrainingJobs*",
        "cloudwatch:PutMetricData": "*",
    },
    "RecommenderPublishHostingRole": {
        "s3:GetObject": "s3:bucket/runs/*/model/*",
        SAGEMAKER_LOG: "logs:log-group:/aws/sagemaker/Endpoints*",
        "cloudwatch:DescribeAlarms": ALARMS,
        "cloudwatch:PutMetricData": "*",
    },
    "RecommenderMachineRole": {
        OBSERVE: "*",
        "lambda:InvokeFunction": " ".join(f"${{Functions{name}Function.Arn}}" for name in FUNCTIONS),
        "glue:BatchStopJobRun glue:GetJobRun glue:GetJobRuns glue:StartJobRun": f"glue:job/{NAME}-prepare",
        "sagemaker:AddTags sagemaker:CreateTrainingJob sagemaker:DescribeTrainingJob sagemaker:ListTags "
        "sagemaker:StopTrainingJob": JOBS,
        "iam:PassRole": "${RecommenderPublishHostingRole.Arn} ${RecommenderTrainingRole.Arn}",
        "sagemaker:AddTags sagemaker:CreateHyperParameterTuningJob sagemaker:DescribeHyperParameterTuningJob "
        "sagemaker:ListTags sagemaker:StopHyperParameterTuningJob": TUNING_JOBS,
        "events:DescribeRule events:PutRule events:PutTargets": f"{RULE.format('Training')} {RULE.format('Tuning')}",
        "sagemaker:CreateModel sagemaker:DescribeModel": MODELS,
        "sagemaker:CreateEndpointConfig sagemaker:DescribeEndpointConfig": CONFIGS,
        "sagemaker:CreateEndpoint sagemaker:UpdateEndpoint": f"{CONFIGS} {ENDPOINT}",
        "sagemaker:DeleteEndpoint sagemaker:DescribeEndpoint sagemaker:UpdateEndpointWeightsAndCapacities": ENDPOINT,
        "cloudwatch:DescribeAlarms": ALARMS,
        " ".join(SCALE): "application-autoscaling:scalable-target/*",
        "cloudwatch:DeleteAlarms cloudwatch:DescribeAlarms cloudwatch:PutMetricAlarm": "cloudwatch:alarm:"
        f"TargetTracking-endpoint/{NAME}/variant/main-*",
        "iam:CreateServiceLinkedRole": f"iam:{LINKED_ROLE}",
        "sagemaker:DeleteEndpointConfig sagemaker:DeleteModel": f"{CONFIGS} {MODELS}",
        "sagemaker:CreateModelPackage": f"sagemaker:model-package-group/{NAME} {PACKAGES}",
        "sagemaker:UpdateModelPackage": PACKAGES,
        "ssm:PutParameter": VERSION,
        "scheduler:CreateSchedule scheduler:DeleteSchedule scheduler:UpdateSchedule": EXPIRY,
        "iam:PassRole to the Scheduler": "${ExpiryRole.Arn}",
        "sagemaker:AddTags": f"{CONFIGS} {ENDPOINT} {MODELS}",
        "dynamodb:GetItem dynamodb:PutItem": "${RecommenderTurnTable.Arn}",
        "states:DescribeExecution": f"states:execution:{NAME}:*",
    },
}
TO_SCHEDULER = {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}
GROUP = f"arn:${{AWS::Partition}}:scheduler:${{AWS::Region}}:${{AWS::AccountId}}:schedule-group/{NAME}"
OF_THE_GROUP = {"StringEquals": {"aws:SourceAccount": "${AWS::AccountId}", "aws:SourceArn": GROUP}}
CONDITIONS = {
    "FunctionsFetchRole s3:ListBucket": {"StringLike": {"s3:prefix": ["datasets/*"]}},
    "FunctionsPrepareRole s3:ListBucket": {"StringLike": {"s3:prefix": ["datasets/*"]}},
    "SparkRole s3:ListBucket": {"StringLike": {"s3:prefix": ["datasets/*"]}},
    "FunctionsRestoreRole s3:ListBucket": {"StringLike": {"s3:prefix": ["models/*"]}},
    "FunctionsRetireRole s3:ListBucket": {"StringLike": {"s3:prefix": ["models/*"]}},
    "RecommenderTrainingRole s3:ListBucket": {"StringLike": {"s3:prefix": ["runs/*"]}},
    "RecommenderTrainingRole cloudwatch:PutMetricData": {
        "StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/TrainingJobs"}
    },
    "RecommenderPublishHostingRole cloudwatch:PutMetricData": {
        "StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/Endpoints"}
    },
    "RecommenderMachineRole iam:PassRole": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    "RecommenderMachineRole iam:CreateServiceLinkedRole": {"StringEquals": {"iam:AWSServiceName": LINKED_SERVICE}},
    f"RecommenderMachineRole {list(SCALE)}": {
        "StringEquals": {
            "application-autoscaling:scalable-dimension": "sagemaker:variant:DesiredInstanceCount",
            "application-autoscaling:service-namespace": "sagemaker",
        }
    },
}

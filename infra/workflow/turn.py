"""One execution at a time: a turn, which ends when the execution that has it ends, however it does."""

from __future__ import annotations

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.encryption import key_of, may_use
from infra.permissions import EXECUTION_NAME, Permission
from infra.rules import accept
from infra.settings import Stage
from infra.workflow.endpoint import note_failure
from infra.workflow.states import Json, Step, caught, retried, task

TRANSIENT_DYNAMODB = (
    "DynamoDB.AmazonDynamoDBException",
    "DynamoDB.InternalServerErrorException",
    "DynamoDB.ProvisionedThroughputExceededException",
    "DynamoDB.RequestLimitExceededException",
    "DynamoDB.SdkClientException",
    "DynamoDB.ThrottlingException",
)
TRANSIENT_SFN = ("Sfn.SfnException", "Sfn.SdkClientException")
_TAKEN = "DynamoDB.ConditionalCheckFailedException"
_KEY: Json = {"resource": {"S": "endpoint"}}
_ME = {"S": "{% $states.context.Execution.Id %}"}
# As long as an execution may take. The waits are far from the 25,000 events that it may have.
_MOST_POLLS = 430
_WAIT_S = "{% $min([300, $power(2, $turn.polls)]) %}"

_OTHER = "$split($turn.holder, ':')[-1]"
SKIPPED: Json = {
    "decision": "skipped",
    "running": f"{{% {_OTHER} %}}",
    "reason": f"{{% 'execution ' & {_OTHER} & ' runs, and the input says to leave it at that' %}}",
}
"""The output of an execution that found another one running and was not needed."""


class TakeTurn(Construct):
    """Ends when this execution has the turn. While another one has it, the input decides: this one waits, fails with
    `AnotherExecutionRuns`, or ends well without having done anything.

    Nothing gives a turn back. Whose it was is asked of Step Functions, so that one which was stopped, or ran out of
    time, keeps nobody waiting. Of several that wait, whichever asks first is next.
    """

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, on_error: sfn.State) -> None:
        super().__init__(scope, id_)
        table = _table(self, stage)
        self._table, self._on_error = table.table_name, on_error
        self._has_turn = sfn.Pass.jsonata(self, "Begin Turn")
        read = self._of_table(
            "Read Turn",
            "getItem",
            {"Key": _KEY, "ConsistentRead": True},
            assign={"turn": "{% $merge([$turn, {'holder': $states.result.Item.execution.S}]) %}"},
        )
        take = self._put("Take Turn", "attribute_not_exists(#execution) OR #execution = :holder", _ME, read)
        over = self._put("Take Over Turn", "#execution = :holder", {"S": "{% $turn.holder %}"}, read)
        read.next(self._describe_holder(over, read))
        self.step = Step(start=take, ends=[self._has_turn], permissions=_permissions(stage, table))

    def _of_table(
        self, name: str, action: str, arguments: Json, *, assign: Json | None = None, taken: sfn.State | None = None
    ) -> sfn.CustomState:
        """`taken`: where the condition's failure leads."""
        given = {"TableName": self._table, **arguments}
        limit = Duration.minutes(1)
        state = task(self, name, resource=f"dynamodb:{action}", arguments=given, timeout=limit, assign=assign)
        retried(state, TRANSIENT_DYNAMODB, interval_s=1, attempts=5)
        if taken is not None:
            state.add_catch(taken, errors=[_TAKEN])
        return caught(state, self._on_error)

    def _put(self, name: str, condition: str, holder: Json, taken: sfn.State) -> sfn.CustomState:
        arguments = {
            "Item": {**_KEY, "execution": _ME, "since": {"S": "{% $now() %}"}},
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#execution": "execution"},
            "ExpressionAttributeValues": {":holder": holder},
        }
        state = self._of_table(name, "putItem", arguments, taken=taken)
        state.next(self._has_turn)
        return state

    def _describe_holder(self, over: sfn.State, read: sfn.State) -> sfn.State:
        """One that has ended, or that Step Functions no longer knows, has no turn any more."""
        describe = task(
            self,
            "Describe Holder",
            resource="aws-sdk:sfn:describeExecution",
            arguments={"ExecutionArn": "{% $turn.holder %}"},
            timeout=Duration.minutes(1),
            assign=_asked("$states.result.Status"),
        )
        retried(describe, TRANSIENT_SFN, interval_s=2, attempts=5)
        refused = note_failure(
            self,
            "Note Other Execution",
            state="Take Turn",
            error="AnotherExecutionRuns",
            cause=f"'execution ' & {_OTHER} & ' runs, and ' & "
            "($job.overlap = 'refuse' ? 'the input says not to wait for it' : 'was waited for long enough')",
        )
        refused.next(self._on_error)
        pause = sfn.Wait.jsonata(self, "Wait for Turn", time=sfn.WaitTime.seconds(_WAIT_S))
        pause.next(read)
        check = (
            sfn.Choice.jsonata(self, "Check Holder")
            .when(_while("$turn.status != 'RUNNING'"), over)
            .when(_while("$job.overlap = 'wait'"), pause)
            .when(sfn.Condition.jsonata("{% $job.overlap = 'skip' %}"), self._skipped())
            .otherwise(refused)
        )
        describe.next(check)
        describe.add_catch(check, errors=["Sfn.ExecutionDoesNotExistException"], assign=_asked("'UNKNOWN'"))
        return caught(describe, self._on_error)

    def _skipped(self) -> sfn.State:
        return sfn.Succeed.jsonata(self, "Skip Execution", outputs=SKIPPED)


def _asked(status: str) -> Json:
    return {"turn": f"{{% $merge([$turn, {{'polls': $turn.polls + 1, 'status': {status}}}]) %}}"}


def _while(condition: str) -> sfn.Condition:
    return sfn.Condition.jsonata(f"{{% {condition} and $turn.polls < {_MOST_POLLS} %}}")


def _table(scope: Construct, stage: Stage) -> dynamodb.Table:
    """Billed by requests, a few for each execution."""
    key = key_of(scope, stage=stage)
    table = dynamodb.Table(
        scope,
        "Table",
        partition_key=dynamodb.Attribute(name="resource", type=dynamodb.AttributeType.STRING),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED if key else None,
        encryption_key=key,
        removal_policy=RemovalPolicy.DESTROY,
    )
    accept(table, "AwsSolutions-DDB3", "the one item says whose turn it is: an earlier one would be wrong")
    return table


def _permissions(stage: Stage, table: dynamodb.Table) -> list[Permission]:
    executions = f"arn:{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}:execution:{stage.name}:*"
    return [
        Permission(actions=["dynamodb:GetItem", "dynamodb:PutItem"], resources=[table.table_arn], also=_of_key(table)),
        Permission(actions=["states:DescribeExecution"], resources=[executions], because=EXECUTION_NAME),
    ]


def _of_key(table: dynamodb.Table) -> Permission | None:
    """DynamoDB, "Encryption at rest usage notes": what it does with the key is done by who reads and writes."""
    if table.encryption_key is None:
        return None
    uses = ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext")
    return may_use(table.encryption_key, *uses, "DescribeKey", "CreateGrant", via="dynamodb")

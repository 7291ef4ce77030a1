"""A small CDK app in three states, each written as an assembly: `python updating_app.py FOLDER STACK TAKEN`.

TAKEN is the name of a parameter that is not the app's.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from aws_cdk import App, CfnOutput, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct


@dataclass(frozen=True)
class State:
    """What differs."""

    says: str
    greeting: str
    state: str
    queue: str
    taken: str = ""


class Updating(Stack):
    """A function, a machine and a queue."""

    def __init__(self, scope: Construct, id_: str, *, state: State, code: Path) -> None:
        super().__init__(scope, id_)
        function = lambda_.Function(
            self,
            "Function",
            code=lambda_.Code.from_asset(str(code)),
            handler="main.handler",
            runtime=lambda_.Runtime.PYTHON_3_13,
            environment={"GREETING": state.greeting},
        )
        machine = sfn.StateMachine(
            self,
            "Machine",
            definition_body=sfn.DefinitionBody.from_chainable(sfn.Pass(self, state.state)),
            query_language=sfn.QueryLanguage.JSONATA,
        )
        queue = sqs.Queue(self, state.queue)
        if state.taken:
            taken = ssm.StringParameter(self, "Taken", parameter_name=state.taken, string_value="x")
            taken.node.add_dependency(function, machine, queue)
        CfnOutput(self, "FunctionName", value=function.function_name)
        CfnOutput(self, "MachineArn", value=machine.state_machine_arn)


def main(folder: Path, stack: str, taken: str) -> None:
    """Write every state's assembly into a folder of its name."""
    second = State(says="two", greeting="goodbye", state="Begin Anew", queue="New")
    states = {
        "first": State(says="one", greeting="hello", state="Begin", queue="Old"),
        "second": second,
        "broken": replace(second, taken=taken),
    }
    for name, state in states.items():
        code = folder / f"code-{state.says}"
        code.mkdir(parents=True, exist_ok=True)
        lines = ("import os", "", "", "def handler(event, context):")
        source = "\n".join((*lines, f"    return [{state.says!r}, os.environ['GREETING']]", ""))
        (code / "main.py").write_text(source)
        app = App(outdir=str(folder / name), analytics_reporting=False)
        Updating(app, stack, state=state, code=code)
        app.synth()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])

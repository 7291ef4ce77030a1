"""A stage that is to train every day, and does not: `python -m tests.e2e.silent_app FOLDER`."""

from __future__ import annotations

import sys
from typing import Any

from aws_cdk import App, BootstraplessSynthesizer, CfnOutput, Stack
from constructs import Construct

from infra.console import ConsolePages
from infra.measures import Measures
from infra.settings import Stage
from infra.watching import Watching

STAGE = Stage(
    stage="silent",
    retain_data=False,
    tier_runs_days=30,
    log_retention_days=30,
    silence_days=1,
    alarm_email="somebody@example.com",
)


class Silent(Stack):
    """What watches, and nothing that it watches."""

    def __init__(self, scope: Construct, id_: str, **kwargs: Any) -> None:
        super().__init__(scope, id_, **kwargs)
        measures = Measures(stage=STAGE, machine_arn="none", function_name="none", api_id="none")
        watching = Watching(self, "Watching", stage=STAGE, measures=measures, pages=ConsolePages(self, "Page"))
        CfnOutput(self, "TopicArn", value=watching.topic.topic_arn)


def main(folder: str) -> None:
    """Write the assembly, with one template that needs no bootstrapping."""
    app = App(outdir=folder, analytics_reporting=False)
    Silent(app, "Silent", synthesizer=BootstraplessSynthesizer())
    app.synth()


if __name__ == "__main__":
    main(sys.argv[1])

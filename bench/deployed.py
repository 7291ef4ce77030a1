"""The application in a local AWS of its own, with a dataset uploaded: what executions and the API are measured in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from bench.errors import BenchError
from runner.assembly import synthesize
from runner.children import Children
from runner.cloud import Cloud
from runner.data import Places, choose
from runner.deploy import Deployer
from runner.execution import Execution
from runner.jobs import TrainingJob
from runner.server import LocalAws
from runner.upload import upload
from runner.visits import Visit

CACHE: Final = Path(".cache")
REGION: Final = "eu-central-1"


class Deployed:
    """Deployed by the stock CDK CLI; it ends with ``children``."""

    def __init__(self, children: Children, folder: Path, *, log: Path, data: str) -> None:
        """folder: an empty one. data: what `make run` takes as DATA."""
        url = LocalAws(children, folder=folder / "aws", log=log.with_suffix(".aws.log")).url()
        self._cloud = Cloud(url, REGION)
        deployer = Deployer(self._cloud, synthesize(children, cache=CACHE, log=log), children, log)
        deployer.bootstrap()
        self.outputs = deployer.deploy(folder / "outputs.json")
        scratch = folder / "scratch"
        scratch.mkdir()
        ratings = choose(data, {}, Places(cache=CACHE, scratch=scratch), say=Console(stderr=True).print)
        self._dataset, prefix = ratings.name, f"datasets/{ratings.name}/"
        upload(
            self._cloud.client("s3"),
            ratings.source,
            ratings.checked.layout,
            bucket=self.outputs.bucket,
            prefix=prefix,
        )

    def execute(self, given: Mapping[str, Any], *, name: str) -> Mapping[str, Any]:
        """An execution's output. Raises BenchError where it has none."""
        whole = {**given, "dataset": {"name": self._dataset}}
        ended = Execution(self._cloud, self.outputs.state_machine_arn, name=name, given=whole).follow(_Silent())
        if ended.output is None:
            raise BenchError(f"execution {name}: {ended.error}: {ended.cause}")
        return ended.output


class _Silent:
    """A watcher of executions that shows nothing."""

    def entered(self, visit: Visit) -> None:
        """Nothing."""

    def exited(self, visit: Visit) -> None:
        """Nothing."""

    def asked(self, job: Any) -> None:
        """Nothing."""

    def epoch(self, epoch: Any, job: TrainingJob) -> None:
        """Nothing."""

    def tuned(self, trainings: Any, job: Any) -> None:
        """Nothing."""

"""A whole run: check the data, start the local AWS, synthesize, deploy, upload, execute, summarise."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from estimate.execution import estimate
from runner.assembly import Assembly, synthesize
from runner.children import Children
from runner.cloud import Cloud
from runner.data import Places, Ratings, choose
from runner.deploy import Deployer, Outputs
from runner.errors import ExecutionFailed
from runner.execution import Ended, Execution
from runner.failure_report import as_html
from runner.files import RunFolder
from runner.page import Page, announce_page
from runner.progress import Progress
from runner.request import read_input, with_dataset
from runner.server import LocalAws
from runner.serving import announce, show_how_to_ask, show_how_to_call, wait_for_interrupt, write_example
from runner.show import show_data, show_result
from runner.summary import assemble, checked_facts, iam_since
from runner.timing import Stopwatch
from runner.upload import upload


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for on the command line. `endpoint_url`: a local AWS that is up already, else one is started."""

    data: str
    input: str
    out: Path
    cache: Path
    region: str
    folder: Path | None
    port: int
    endpoint_url: str | None
    stays_up: bool


def run(options: Options, console: Console) -> None:
    """Raises BadRequest and PrepError before anything is started, another RunnerError when something fails after."""
    watch = Stopwatch()
    # In this order an interrupt ends the children first, then the thread that waits for one, then their files go.
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(1) as pool, Children() as children:
        with watch.part("data"):
            given = read_input(options.input)
            places = Places(cache=options.cache, scratch=Path(scratch))
            ratings = choose(options.data, given, places, say=lambda text: console.print(text, soft_wrap=True))
        if options.endpoint_url is not None:
            Cloud(options.endpoint_url, options.region).iam_page()
        show_data(console, checked_facts(ratings))
        job = _Job(options, console, watch, RunFolder.create(options.out), children, Path(scratch))
        cloud, assembly = job.set_up(pool)
        job.deploy_and_execute(cloud, assembly, ratings, with_dataset(given, ratings.name))


@dataclass(frozen=True)
class _Job:
    options: Options
    console: Console
    watch: Stopwatch
    folder: RunFolder
    children: Children
    scratch: Path

    def set_up(self, pool: ThreadPoolExecutor) -> tuple[Cloud, Assembly]:
        """Start the local AWS while synthesis runs."""
        synthesis = pool.submit(self._synthesize)
        with self.watch.part("local_aws"):
            cloud = Cloud(self.options.endpoint_url or self._start_local_aws(), self.options.region)
        if self.options.stays_up:
            announce(self.console, cloud)
        with self.console.status("Synthesizing"):
            return cloud, synthesis.result()

    def deploy_and_execute(self, cloud: Cloud, assembly: Assembly, ratings: Ratings, given: Mapping[str, Any]) -> None:
        before = cloud.iam_page()
        outputs = self._deploy(Deployer(cloud, assembly, self.children, self.folder.path / "cdk.log"))
        page = self._start_page(cloud, outputs) if self.options.stays_up else None
        with self.watch.part("upload"):
            s3, prefix = cloud.client("s3"), f"datasets/{ratings.name}/"
            upload(s3, ratings.source, ratings.checked.layout, bucket=outputs.bucket, prefix=prefix)
        with self.watch.part("execution"):
            ended = self._execute(cloud, outputs, given, rows=ratings.checked.prepared.train_rows)
        self._finish(cloud, outputs, ratings, given, ended, iam_since(before, cloud.iam_page()))
        if page is not None:
            announce(self.console, cloud)
            announce_page(self.console, page)
            wait_for_interrupt(self.console)

    def _synthesize(self) -> Assembly:
        with self.watch.part("synth"):
            return synthesize(self.children, cache=self.options.cache, log=self.folder.path / "synth.log")

    def _start_local_aws(self) -> str:
        folder = self.options.folder.resolve() if self.options.folder else self.scratch / "local_aws"
        log = self.folder.path / "local_aws.log"
        return LocalAws(self.children, folder=folder, log=log, port=self.options.port).url()

    def _deploy(self, deployer: Deployer) -> Outputs:
        with self.console.status("Bootstrapping"), self.watch.part("bootstrap"):
            deployer.bootstrap()
        with self.console.status("Deploying"), self.watch.part("deploy"):
            outputs = deployer.deploy(self.folder.path / "outputs.json")
        stacks = ", ".join(deployer.assembly.templates)
        self.console.print(f"Deployed {stacks}: the templates are byte for byte the synthesized ones", soft_wrap=True)
        return outputs

    def _start_page(self, cloud: Cloud, outputs: Outputs) -> str:
        """Before the execution, so that it can be watched there."""
        page = Page(self.children, cloud, stack=outputs.pipeline_stack, log=self.folder.path / "page.log").url()
        announce_page(self.console, page)
        return page

    def _execute(self, cloud: Cloud, outputs: Outputs, given: Mapping[str, Any], *, rows: int) -> Ended:
        execution = Execution(cloud, outputs.state_machine_arn, name=self.folder.name, given=given)
        for line in estimate(given, rows=rows):
            self.console.print(line, highlight=False, soft_wrap=True, markup=False)
        self.console.print(f"Execution {self.folder.name}", highlight=False)
        with Progress(self.console) as progress:
            return execution.follow(progress)

    def _finish(
        self,
        cloud: Cloud,
        outputs: Outputs,
        ratings: Ratings,
        given: Mapping[str, Any],
        ended: Ended,
        iam: Mapping[str, Any],
    ) -> None:
        result = ended.output or {}
        verified = result.get("verified")
        summary = assemble(
            ended=ended,
            ratings=ratings,
            given=given,
            scored=json.loads(cloud.read(verified["uri"])) if verified else {},
            iam=iam,
            seconds=self.watch.seconds(),
            seconds_by_part=self.watch.seconds_by_part,
        )
        failed = ended.output is None
        report = as_html(summary).encode() if failed else cloud.read(summary["artifacts"]["report"])
        page = self.folder.write("report.html", report)
        document = self.folder.write_json("summary.json", summary)
        self.folder.become_latest()
        show_result(self.console, summary)
        self.console.print(f"Report: {page}\nSummary: {document}", soft_wrap=True, highlight=False)
        if failed:
            state = summary["failed_state"]
            raise ExecutionFailed(f"{state} failed: {ended.error}: {ended.cause.removeprefix(f'{state}: ')}")
        if summary["version"]:
            stays = self.options.stays_up or self.options.endpoint_url is not None
            url, user = outputs.api_url if stays else None, ratings.checked.feature_space.users[0]
            show_how_to_ask(self.console, api_url=url, region=cloud.region, user=user)
        if self.options.stays_up and summary["predictions"]:
            request = write_example(self.folder, ratings.checked, summary["predictions"][0])
            show_how_to_call(self.console, cloud, endpoint=summary["endpoint"]["name"], request=request)

"""One template for every region and account; stages and regions nobody declared are refused by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.console import DOMAINS
from infra.image_accounts import ACCOUNTS
from infra.images import UnknownRegion
from infra.settings import STAGES, UnknownStage, stage_of
from tests.infra.deploying import deployed
from tests.infra.rendering import Json, rendered
from tests.infra.synthesis import STACKS, Assembly, synthesized

REGION = re.compile(r"\b(?:us|eu|ap|sa|ca|me|af|il|cn|mx)(?:-gov|-iso[a-z]?)?-[a-z]+-[0-9]\b")
ACCOUNT = re.compile(r"\b[0-9]{12}\b")
IMAGE = "${map %s/${AWS::Region}/Account}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/factorization-machines:1"


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("stack", STACKS)
def test_templates_name_no_region_and_no_account(assemblies: dict[str, Assembly], stage: str, stack: str) -> None:
    template = {**assemblies[stage].template(stack), "Mappings": None}
    assert not REGION.findall(str(template))
    assert not ACCOUNT.findall(str(template))


def test_patterns_would_find_one() -> None:
    for region, account in ACCOUNTS.items():
        assert REGION.fullmatch(region)
        assert ACCOUNT.fullmatch(account)


def test_mapping_knows_the_image_of_every_region(pipeline: Json) -> None:
    (mapping,) = _image_accounts(pipeline).values()
    assert mapping == {region: {"Account": account} for region, account in ACCOUNTS.items()}


def test_training_and_serving_look_the_image_up(pipeline: Json, machine: Json) -> None:
    (name,) = _image_accounts(pipeline)
    job = machine["States"]["Train Model"]["Arguments"]["AlgorithmSpecification"]
    served = machine["States"]["Create Model"]["Arguments"]["PrimaryContainer"]
    assert job["TrainingImage"] == served["Image"] == IMAGE % name


@pytest.mark.parametrize(
    ("partition", "region", "console"),
    [
        ("aws", "eu-west-1", "https://eu-west-1.console.aws.amazon.com/"),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
        ("aws-us-gov", "us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
    ],
)
def test_console_pages_are_those_of_the_partition(pipeline: Json, partition: str, region: str, console: str) -> None:
    outputs = deployed(pipeline["Outputs"], pipeline, partition=partition, region=region)
    pages = {name: output["Value"] for name, output in outputs.items() if "Condition" in output}
    assert pages.keys() == {"ConsoleUrl", "DashboardUrl"}
    assert all(page.startswith(console) and f"?region={region}#" in page for page in pages.values())


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-f"])
def test_pages_are_told_where_there_is_a_public_console(pipeline: Json, partition: str) -> None:
    (condition,) = {output["Condition"] for output in pipeline["Outputs"].values() if "Condition" in output}
    is_told = deployed({"Fn::If": [condition, True, False]}, pipeline, partition=partition, region="any")
    assert is_told is (partition in DOMAINS)


def _image_accounts(pipeline: Json) -> Json:
    return {name: mapping for name, mapping in pipeline["Mappings"].items() if "Image" in name}


def test_arns_are_of_the_partition_they_are_deployed_to(pipeline: Json) -> None:
    assert set(re.findall(r"arn:([^:]*:?:?[^:]*):", str(rendered(pipeline)))) == {"${AWS::Partition}"}


def test_stack_bound_to_a_region_without_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownRegion, match=r"'mars-north-1', expected one of af-south-1, .*us-west-2"):
        synthesized(tmp_path, stage="dev", region="mars-north-1", **{"aws:cdk:disable-asset-staging": True})


@pytest.mark.parametrize("name", ["staging", "", "Dev", None, 1])
def test_unknown_stage_is_refused_by_name(name: object) -> None:
    with pytest.raises(UnknownStage, match=re.escape(f"'stage' is {name!r}, expected one of dev, prod")):
        stage_of(name)


def test_application_takes_its_stage_from_the_context(tmp_path: Path) -> None:
    with pytest.raises(UnknownStage, match="'test'"):
        synthesized(tmp_path, stage="test")

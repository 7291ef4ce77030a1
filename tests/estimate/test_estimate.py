"""What the commands print before something is deployed or started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from estimate.__main__ import main


def test_stacks_at_rest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kinds = ["AWS::CloudWatch::Alarm"] * 7 + ["AWS::CloudWatch::Dashboard", "AWS::KMS::Key", "AWS::Lambda::Function"]
    for number, some in enumerate((kinds[:5], kinds[5:])):
        resources = {f"R{index}": {"Type": kind, "Properties": {}} for index, kind in enumerate(some)}
        (tmp_path / f"{number}.template.json").write_text(json.dumps({"Resources": resources}))
    assert main(["stacks", str(tmp_path)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(
        "Estimate, at rest: 4.70 USD a month and what is stored (0.023 USD for each GB and month)"
    )
    assert [line.strip() for line in said[1:4]] == [
        "7 alarms: 0.70 USD a month",
        "1 dashboards: 3.00 USD a month",
        "1 keys: 1.00 USD a month",
    ]


def test_endpoints_of_a_network_cost_by_the_zone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kind = "AWS::EC2::VPCEndpoint"
    interface = {"Type": kind, "Properties": {"VpcEndpointType": "Interface", "SubnetIds": ["a", "b"]}}
    gateway = {"Type": kind, "Properties": {"VpcEndpointType": "Gateway", "RouteTableIds": ["a", "b"]}}
    template = {"Resources": {"A": interface, "B": interface, "C": gateway}}
    (tmp_path / "a.template.json").write_text(json.dumps(template))
    assert main(["stacks", str(tmp_path)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("Estimate, at rest: 29.20 USD a month")  # .01 an hour, 730 hours, 2 endpoints, 2 zones
    assert said[1].strip() == "4 endpoint-zones: 29.20 USD a month"


def test_an_execution_before_it_starts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = tmp_path / "input.json"
    given.write_text('{"models": ["like"], "deploy": {"mode": "none"}}')
    assert main(["execution", "--input", str(given), "--rows", "1000000"]) == 0
    said = capsys.readouterr().out
    assert "about 0.02 USD for the execution and 0 USD a day for the endpoint" in said
    assert "Assumed: a training is billed 130 seconds" in said


@pytest.mark.parametrize("text", ["{", '{"modls": 1}', '{"restore": {"version": "x"}}'])
def test_an_input_that_nothing_can_be_said_of(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    given = tmp_path / "input.json"
    given.write_text(text)
    assert main(["execution", "--input", str(given)]) == 2
    assert str(given) in capsys.readouterr().err

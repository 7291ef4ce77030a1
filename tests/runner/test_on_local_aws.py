"""What the runner does as an AWS client, against the real local AWS."""

from __future__ import annotations

import hashlib
import json
import secrets
from pathlib import Path

import pytest

from prep.input_spec import InputSpec
from prep.inputs import Layout, detect
from prep.sources import FolderSource
from runner.assembly import Assembly
from runner.children import Children
from runner.cloud import Cloud
from runner.deploy import Deployer
from runner.errors import ForeignEndpoint, TemplateDiffers
from runner.upload import upload

# Spaces and an order of keys that no serializer would write again.
TEMPLATE = '{"Resources" : { "Topic":{"Type":"AWS::S3::Bucket"  }},\n "Description":"as it is"}'


def unique(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(4)}"


@pytest.fixture
def bucket(cloud: Cloud) -> str:
    name = unique("runner")
    cloud.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": cloud.region})
    return name


def layout_of(source: FolderSource) -> Layout:
    return detect(source, InputSpec())


def keys(cloud: Cloud, bucket: str) -> dict[str, bytes]:
    s3 = cloud.client("s3")
    entries = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {entry["Key"]: cloud.read(f"s3://{bucket}/{entry['Key']}") for entry in entries}


@pytest.fixture
def stack(cloud: Cloud) -> str:
    name = unique("stack")
    client = cloud.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=TEMPLATE)
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    return name


def deployer(cloud: Cloud, templates: dict[str, str], tmp_path: Path) -> Deployer:
    hashes = {stack: hashlib.sha256(template.encode()).hexdigest() for stack, template in templates.items()}
    return Deployer(cloud, Assembly(tmp_path, hashes), Children(), tmp_path / "cdk.log")


def test_deployed_template_is_compared_byte_for_byte(cloud: Cloud, stack: str, tmp_path: Path) -> None:
    deployer(cloud, {stack: TEMPLATE}, tmp_path).verify_templates()
    for other in (TEMPLATE + "\n", json.dumps(json.loads(TEMPLATE)), TEMPLATE.replace("S3", "S4")):
        with pytest.raises(TemplateDiffers, match=f"{stack}: deployed sha256"):
            deployer(cloud, {stack: other}, tmp_path).verify_templates()


def test_every_file_of_the_layout_is_uploaded_once(cloud: Cloud, bucket: str, tiny: Path) -> None:
    (tiny / "notes.txt").write_text("mine")
    (tiny / "dataset.json").write_text("{}")
    s3, source = cloud.client("s3"), FolderSource(tiny)
    assert upload(s3, source, layout_of(source), bucket=bucket, prefix="datasets/tiny/") == 4
    expected = {f"datasets/tiny/{name}": (tiny / name).read_bytes() for name in source.names() - {"notes.txt"}}
    assert keys(cloud, bucket) == expected
    assert upload(s3, source, layout_of(source), bucket=bucket, prefix="datasets/tiny/") == 0


def test_only_what_changed_is_uploaded_again(cloud: Cloud, bucket: str, tiny: Path) -> None:
    s3, source = cloud.client("s3"), FolderSource(tiny)
    s3.put_object(Bucket=bucket, Key="datasets/other/u.item", Body=b"another's")
    (tiny / "dataset.json").write_text('{"synthetic": true}')
    upload(s3, source, layout_of(source), bucket=bucket, prefix="datasets/tiny/")
    (tiny / "ua.test").write_text("1\t3\t4\t880000004\n")
    (tiny / "dataset.json").unlink()
    assert upload(s3, source, layout_of(source), bucket=bucket, prefix="datasets/tiny/") == 1
    now = keys(cloud, bucket)
    assert now["datasets/tiny/ua.test"] == b"1\t3\t4\t880000004\n"
    assert "datasets/tiny/dataset.json" not in now, "it would call these ratings synthetic"
    assert now["datasets/other/u.item"] == b"another's"


def test_the_file_of_items_goes_last(cloud: Cloud, bucket: str, tiny: Path) -> None:
    """Where it stands the dataset is taken for whole, so nothing may follow it."""
    s3, source, sent = cloud.client("s3"), FolderSource(tiny), []
    s3.meta.events.register("before-parameter-build.s3.PutObject", lambda params, **_: sent.append(params["Key"]))
    (tiny / "u.user").write_text("1|31|F|clerk|00001\n2|44|M|cook|00002\n")
    upload(s3, source, layout_of(source), bucket=bucket, prefix="datasets/tiny/")
    assert sent[-1] == "datasets/tiny/u.item"
    assert sorted(sent) == [f"datasets/tiny/{name}" for name in ("u.item", "u.user", "ua.base", "ua.test")]


def test_of_anyones_folder_only_the_dataset_is_uploaded(cloud: Cloud, bucket: str, tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text("user,item,rating\nann,tea,4\nbo,jam,2\n")
    (tmp_path / "secrets.txt").write_text("mine")
    source = FolderSource(tmp_path)
    assert upload(cloud.client("s3"), source, layout_of(source), bucket=bucket, prefix="datasets/shop/") == 1
    assert keys(cloud, bucket).keys() == {"datasets/shop/ratings.csv"}


def test_account_and_audit(cloud: Cloud) -> None:
    assert len(cloud.account()) == 12
    assert cloud.iam_page()["enforced"] is True


def test_nothing_listening_is_no_local_aws() -> None:
    with pytest.raises(ForeignEndpoint, match="expected a local AWS"):
        Cloud("http://localhost:9", "eu-west-1").iam_page()

"""Small parts on their own: images, metrics, listings, names of channel files, archives."""

from __future__ import annotations

import io
import tarfile
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.sagemaker import images, listing, storage, supported
from local_aws.sagemaker.deployment import Deployment
from local_aws.sagemaker.errors import InvalidRequest, ValidationException
from local_aws.sagemaker.metrics import MetricReader
from local_aws.sagemaker.variants import Variant


@pytest.mark.parametrize(
    "uri",
    [
        "438346466558.dkr.ecr.eu-west-1.amazonaws.com/factorization-machines:1",
        "390948362332.dkr.ecr.cn-north-1.amazonaws.com.cn/factorization-machines:latest",
        "490574956308.dkr.ecr.us-iso-east-1.c2s.ic.gov/factorization-machines",
    ],
)
def test_an_image_is_known_by_its_repository(uri: str) -> None:
    assert images.find(uri) is images.FACTORIZATION_MACHINES


@pytest.mark.parametrize(
    "uri",
    [
        "438346466558.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1",
        "4383.dkr.ecr.eu-west-1.amazonaws.com/factorization-machines:1",
        "factorization-machines:1",
        "438346466558.dkr.ecr.eu-west-1.amazonaws.com/my/factorization-machines:1",
    ],
)
def test_another_image_is_named_in_the_refusal(uri: str) -> None:
    with pytest.raises(images.UnknownImage, match=uri.replace(".", r"\.")):
        images.find(uri)


def test_the_last_value_of_a_metric_counts() -> None:
    reader = MetricReader(images.FACTORIZATION_MACHINES.metrics)
    for line in (
        "[11/22/2026 INFO] #quality_metric: host=algo-1, epoch=0, train rmse <loss>=9.0",
        "#quality_metric: host=algo-1, test rmse <loss>=nan",
        "#quality_metric: host=algo-1, test rmse <loss>=2.0",
        "#quality_metric: host=algo-1, test rmse <loss>=1.000260",
        "#quality_metric: host=algo-1, test binary_f_1.000 <score>=0.7456",
        "#progress_metric: host=algo-1, completed 2.0 % of epochs",
        "#quality_metric: host=algo-1, test unheard_of <score>=0.1",
    ):
        reader.read(line)
    assert {metric["MetricName"]: metric["Value"] for metric in reader.final()} == {
        "train:rmse:epoch": 9.0,
        "train:progress": 2.0,
        "test:rmse": 1.00026,
        "test:binary_f_beta": 0.7456,
    }


def summaries(count: int) -> list[dict[str, Any]]:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        {"ThingName": f"thing-{number}", "ThingStatus": "AB"[number % 2], "CreationTime": start + timedelta(number)}
        for number in range(count)
    ]


def test_pages_follow_each_other_without_loss() -> None:
    seen: list[str] = []
    request: dict[str, Any] = {"MaxResults": 3}
    while True:
        page = listing.page(summaries(8), request, kind="Thing", key="Things")
        seen += [thing["ThingName"] for thing in page["Things"]]
        if "NextToken" not in page:
            break
        request["NextToken"] = page["NextToken"]
    assert seen == [f"thing-{number}" for number in reversed(range(8))]


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        ({"SortOrder": "Ascending", "NameContains": "THING-1"}, ["thing-1"]),
        ({"StatusEquals": "B", "SortBy": "Name", "SortOrder": "Ascending"}, ["thing-1", "thing-3"]),
        ({"CreationTimeAfter": datetime(2026, 1, 3)}, ["thing-3"]),
        ({"CreationTimeBefore": datetime(2026, 1, 2, tzinfo=UTC)}, ["thing-0"]),
    ],
)
def test_filters_and_order(request_: dict[str, Any], names: list[str]) -> None:
    page = listing.page(summaries(4), request_, kind="Thing", key="Things")
    assert [thing["ThingName"] for thing in page["Things"]] == names


def test_a_foreign_token_is_refused() -> None:
    with pytest.raises(ValidationException, match="'x'"):
        listing.page([], {"NextToken": "x"}, kind="Thing", key="Things")


@pytest.mark.parametrize(
    ("key", "prefix", "name"),
    [
        ("a/train/part-0", "a/train/", "part-0"),
        ("a/train/part-0", "a/train", "part-0"),
        ("a/train/sub/part-0", "a/train/", "sub/part-0"),
        ("a/train/part-0", "a/train/part", "part-0"),
        ("a/train/part-0", "a/train/part-0", "part-0"),
        ("part-0", "", "part-0"),
    ],
)
def test_channel_files_are_named_without_the_prefix(key: str, prefix: str, name: str) -> None:
    assert storage.file_name(key, prefix) == name


@pytest.mark.parametrize("name", ["../outside", "a/../../outside", "/outside", "{}/outside"])
def test_an_artifact_cannot_reach_outside_its_folder(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo(name.format(tmp_path))
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(tarfile.TarError, match="is outside of the archive's own folder"):
        storage.unpack(tmp_path / "bad.tar.gz", tmp_path / "model")
    assert not (tmp_path / "outside").exists()
    assert not Path("/outside").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_an_artifact_has_no_links_and_no_devices(tmp_path: Path, kind: bytes) -> None:
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo("way")
        member.type, member.linkname = kind, str(tmp_path)
        tar.addfile(member)
    with pytest.raises(tarfile.TarError, match="'way' is a link or a device, expected files and folders"):
        storage.unpack(tmp_path / "bad.tar.gz", tmp_path / "model")
    assert not list((tmp_path / "model").iterdir())


def test_an_artifact_that_is_spoilt_in_the_middle_is_none(tmp_path: Path) -> None:
    """RFC 1951: a block of type 3, the bits 11 after the first, is an error. Only zlib finds it, behind the header."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        member = tarfile.TarInfo("model")
        member.size = 1 << 20
        tar.addfile(member, io.BytesIO(bytes(member.size)))
    deflate = zlib.compressobj(wbits=31)
    half = deflate.compress(packed.getvalue()[: 1 << 19]) + deflate.flush(zlib.Z_FULL_FLUSH)
    (tmp_path / "bad.tar.gz").write_bytes(half + b"\x07" + bytes(100))
    with pytest.raises(tarfile.TarError, match="invalid block type"):
        storage.unpack(tmp_path / "bad.tar.gz", tmp_path / "model")


def test_an_artifact_has_names_that_files_can_have(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as tar:
        member = tarfile.TarInfo("given")
        member.pax_headers = {"path": "a\0b"}
        tar.addfile(member)
    with pytest.raises(tarfile.TarError, match="null byte"):
        storage.unpack(tmp_path / "bad.tar.gz", tmp_path / "model")


def test_what_was_packed_is_unpacked(tmp_path: Path) -> None:
    for name, content in (("a", b"1"), ("b/c", b""), ("b/d/e", b"2" * (3 << 20))):
        (tmp_path / "given" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "given" / name).write_bytes(content)
    (tmp_path / "given" / "empty").mkdir()
    storage.pack(tmp_path / "given", tmp_path / "good.tar.gz")
    storage.unpack(tmp_path / "good.tar.gz", tmp_path / "found")
    assert _tree(tmp_path / "found") == _tree(tmp_path / "given")


def _tree(folder: Path) -> dict[str, bytes | None]:
    paths = {str(path.relative_to(folder)): path for path in folder.rglob("*")}
    return {name: path.read_bytes() if path.is_file() else None for name, path in paths.items()}


@given(st.lists(st.integers(1, 20), min_size=1, max_size=4), st.integers(1, 60))
def test_requests_are_shared_in_proportion_to_the_weights(weights: list[int], rounds: int) -> None:
    variants = [
        Variant({"VariantName": str(number), "InitialVariantWeight": weight}, "image", None, datetime.now(UTC))  # type: ignore[arg-type]
        for number, weight in enumerate(weights)
    ]
    deployment = Deployment("config", variants)
    chosen = [deployment.pick(None).name for _ in range(rounds)]
    for variant in variants:
        assert abs(chosen.count(variant.name) - rounds * variant.weight / sum(weights)) < len(weights)
    assert deployment.pick("0").name == "0"
    with pytest.raises(InvalidRequest, match="nobody"):
        deployment.pick("nobody")


def test_support_is_told_by_path_through_lists() -> None:
    supported.check("CreateModel", {"ModelName": "m", "PrimaryContainer": {"Image": "i", "Mode": None}})
    with pytest.raises(
        ValidationException, match=r"CreateModel: Containers\.MultiModelConfig is not supported locally"
    ):
        supported.check("CreateModel", {"Containers": [{"Image": "i"}, {"MultiModelConfig": {}}]})

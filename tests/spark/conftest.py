"""A local AWS whose Glue jobs run on Spark."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.local_aws.glue.laboratory import Lab
from tests.local_server import LocalAws, running


@pytest.fixture(scope="session")
def spark_aws(tmp_path_factory: pytest.TempPathFactory, root: Path, spark_python: Path) -> Iterator[LocalAws]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LOCAL_AWS_SPARK_PYTHON", str(spark_python))
        with running(root, tmp_path_factory.mktemp("spark-aws")) as server:
            yield server


@pytest.fixture(scope="session")
def lab(spark_aws: LocalAws) -> Lab:
    lab = Lab(cache(spark_aws.client), bucket="spark-tests")
    lab.make_bucket()
    return lab

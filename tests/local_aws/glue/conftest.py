"""A local AWS whose jobs run on the Python of the tests: what is not Spark's can be tested without it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.local_aws.glue.laboratory import Lab
from tests.local_server import LocalAws, running


@pytest.fixture(scope="session")
def glue_aws(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[LocalAws]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LOCAL_AWS_SPARK_PYTHON", sys.executable)
        patched.setenv("SECRET_OF_THE_PARENT", "leaked")
        with running(root, tmp_path_factory.mktemp("glue-aws")) as server:
            yield server


@pytest.fixture(scope="session")
def lab(glue_aws: LocalAws) -> Lab:
    lab = Lab(cache(glue_aws.client))
    lab.make_bucket()
    return lab

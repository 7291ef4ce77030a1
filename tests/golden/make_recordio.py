"""Writes the golden RecordIO files with the real SageMaker SDK v2; the script behind ``make golden``.

    python -m venv /tmp/sdk && /tmp/sdk/bin/pip install --no-deps -r conformance/requirements.txt
    /tmp/sdk/bin/python -m tests.golden.make_recordio [FOLDER OF ML-100K]

from the project's root. With ml-100k at hand it also prints the SHA-256 of what the SDK writes for ``ua.base`` and
``ua.test``, which tests/prep/recordio/test_ml_100k.py holds: a hash, as MovieLens may not be redistributed.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from conformance import sdk
from conformance.cases import cases, dense
from conformance.ml_100k import read_split

FOLDER = Path(__file__).parent / "recordio"


def main() -> None:
    """Replaces the folder's files, and prints hashes where there is a folder to read."""
    for stale in FOLDER.glob("*.protobuf"):
        stale.unlink()
    for case in cases():
        (FOLDER / f"{case.name}.protobuf").write_bytes(sdk.write_sparse(case.rows, case.labels))
    (FOLDER / "dense.protobuf").write_bytes(sdk.write_dense(dense()))
    size = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(f"{len(list(FOLDER.iterdir()))} files, {size} bytes in {FOLDER}")
    for folder in sys.argv[1:]:
        for name in ("ua.base", "ua.test"):
            octets = sdk.write_sparse(*read_split(Path(folder) / name))
            print(f"{name}: {len(octets)} bytes, sha256 {hashlib.sha256(octets).hexdigest()}")


if __name__ == "__main__":
    main()

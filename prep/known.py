"""The MovieLens datasets that can be fetched by name, and what their bytes are.

MovieLens may not be redistributed, so it is fetched from GroupLens, never bundled. GroupLens publishes the md5 of each
zip beside it (``ml-1m.zip.md5``); md5 is open to collisions, so the sha256 is pinned here, from evidence:

[TFDS] TensorFlow Datasets, ``tensorflow_datasets/url_checksums/movielens.txt``: byte sizes and sha256 of ml-100k,
       ml-1m, ml-20m, ml-25m and ml-latest-small.
[public] Several public projects of different people that state the same sha256, found for every entry. Where [TFDS] has
       none (ml-10m, ml-32m, ml-latest) these are the source. Of ml-10m and ml-32m some state sha256 and size together
       with the md5 that GroupLens publishes, so it is the file that GroupLens means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from prep.errors import UnknownDataset


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDataset:
    """Where a dataset is and what its bytes are.

    plain_url: the same file without TLS. zip_bytes: None where no source states the size. marker: the file that is
    stored last when the dataset is unpacked, so that where it stands, the whole dataset does. is_rolling: GroupLens
    replaces it from time to time under the same name, so the pinned bytes are those of one snapshot.
    """

    url: str
    plain_url: str
    zip_bytes: int | None
    sha256: str
    marker: str = "u.item"
    is_rolling: bool = False

    @property
    def md5_url(self) -> str:
        """GroupLens' own checksum, which is no secret but worth something over TLS only."""
        return f"{self.url}.md5"


def known(name: str, table: Mapping[str, KnownDataset] | None = None) -> KnownDataset:
    """The entry of that name. Raises UnknownDataset."""
    entries = KNOWN if table is None else table
    if name not in entries:
        raise UnknownDataset(f"dataset {name!r}, expected one of {', '.join(sorted(entries))}")
    return entries[name]


def _movielens(
    name: str, sha256: str, *, zip_bytes: int | None, marker: str, is_rolling: bool = False
) -> tuple[str, KnownDataset]:
    place = f"files.grouplens.org/datasets/movielens/{name}.zip"
    return name, KnownDataset(
        url=f"https://{place}",
        plain_url=f"http://{place}",
        zip_bytes=zip_bytes,
        sha256=sha256,
        marker=marker,
        is_rolling=is_rolling,
    )


KNOWN: Final[Mapping[str, KnownDataset]] = MappingProxyType(
    dict(
        [
            _movielens(  # [TFDS], [public]
                "ml-100k",
                "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
                zip_bytes=4_924_029,
                marker="u.item",
            ),
            _movielens(  # [TFDS], [public]; GroupLens' md5 c4d9eecfca2ab87c1945afe126590906
                "ml-1m",
                "a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
                zip_bytes=5_917_549,
                marker="movies.dat",
            ),
            _movielens(  # [public]; GroupLens' md5 ce571fd55effeba0271552578f2648bd
                "ml-10m",
                "813c411ccb6122564edfe752e7f80c4dcc5aa25fa94c93622f6877a7ba252862",
                zip_bytes=65_566_137,
                marker="movies.dat",
            ),
            _movielens(  # [TFDS], [public]; GroupLens' md5 cd245b17a1ae2cc31bb14903e1204af3
                "ml-20m",
                "96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3",
                zip_bytes=198_702_078,
                marker="movies.csv",
            ),
            _movielens(  # [TFDS], [public]; GroupLens' md5 6b51fb2759a8657d3bfcbfc42b592ada
                "ml-25m",
                "8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa",
                zip_bytes=261_978_986,
                marker="movies.csv",
            ),
            _movielens(  # [public]; GroupLens' md5 d472be332d4daa821edc399621853b57
                "ml-32m",
                "e4a68655d7386b8f95f2f2424b2ff975dfdd15ffd59e0d864a14dca43e99d6ee",
                zip_bytes=238_950_008,
                marker="movies.csv",
            ),
            _movielens(  # [TFDS], [public]: the snapshot of 2018-09-26, still the one served in October 2026
                "ml-latest-small",
                "696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436",
                zip_bytes=978_202,
                marker="movies.csv",
                is_rolling=True,
            ),
            _movielens(  # [public]: the snapshot of 2023-07-20, about 335 MB; no source states the exact size
                "ml-latest",
                "66a9e518c747d76b241d9a859b001a2619d3ed1672ceef599eb50daf73a7b4a3",
                zip_bytes=None,
                marker="movies.csv",
                is_rolling=True,
            ),
        ]
    )
)

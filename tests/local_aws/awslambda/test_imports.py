"""What a function can import, and what it cannot."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from local_aws.awslambda.imports import (
    ForeignDistribution,
    HostPackages,
    NoStandIn,
    foreign_distributions,
)

HANDLER = """
import {module}

def handler(event, context):
    return [{module}.__file__, getattr({module}, "__version__", None), {expression}]
"""
FOREIGN_TAGS = ("cp314-cp314-manylinux_2_27_aarch64", "cp314-cp314-manylinux_2_28_aarch64")


def importing(module: str, expression: str = "None") -> str:
    return HANDLER.format(module=module, expression=expression)


def wheel(name: str, version: str, *tags: str) -> dict[str, str]:
    lines = ["Wheel-Version: 1.0", "Root-Is-Purelib: false", *(f"Tag: {tag}" for tag in tags)]
    return {
        f"{name}-{version}.dist-info/WHEEL": "\n".join(lines) + "\n",
        f"{name}-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
    }


def in_layer(files: dict[str, str], folder: str = "python") -> dict[str, str]:
    return {f"{folder}/{name}": content for name, content in files.items()}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


@pytest.mark.parametrize("module", ["moto", "numpy", "pytest", "pip"])
def test_what_only_this_machine_has_cannot_be_imported(functions: Any, module: str) -> None:
    result = functions.invoke(functions.create(importing(module)), {})
    assert result.payload["errorType"] == "Runtime.ImportModuleError"
    assert result.payload["errorMessage"] == f"Unable to import module 'app': No module named '{module}'"


def test_boto3_is_part_of_the_runtime(functions: Any) -> None:
    result = functions.invoke(functions.create(importing("boto3")), {})
    assert result.payload[1] == metadata.version("boto3")


@pytest.mark.parametrize("folder", ["python", "python/lib/python3.13/site-packages"])
def test_pure_package_of_a_layer_is_used_as_deployed(functions: Any, folder: str) -> None:
    layer = functions.layer(in_layer({"titles.py": "__version__ = '7'"}, folder))
    result = functions.invoke(functions.create(importing("titles"), Layers=[layer]), {})
    assert result.payload[0].endswith(f"/{folder}/titles.py")


def test_later_layer_wins_and_the_functions_own_code_wins_over_both(functions: Any) -> None:
    layers = [functions.layer({f"python/{n}.py": f"__version__ = '{v}'" for n in ("a", "b")}) for v in (1, 2)]
    code = {"app.py": importing("a", "__import__('b').__version__"), "b.py": "__version__ = 'own'"}
    result = functions.invoke(functions.create(code, Layers=layers), {})
    assert result.payload[1:] == ["2", "own"]


def test_foreign_build_is_stood_in_for_by_this_machines(functions: Any) -> None:
    broken = {"numpy/__init__.py": "raise ImportError('machine code for another processor')"}
    layer = functions.layer(in_layer(broken | wheel("numpy", "2.5.1", *FOREIGN_TAGS)))
    code = importing("numpy", "numpy.linalg.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 8.0]).tolist()")
    result = functions.invoke(functions.create(code, Layers=[layer]), {})
    host = metadata.version("numpy")
    assert result.payload[1:] == [host, [1.0, 2.0]]
    init = result.log.splitlines()[0]
    assert init.startswith("INIT_START Runtime Version: python3.13, run by Python ")
    assert f"numpy {host} of this machine stands in for 2.5.1 (cp314-cp314-manylinux_2_27_aarch64)" in init


def test_stand_in_brings_nothing_else_of_this_machine(functions: Any) -> None:
    layer = functions.layer(in_layer(wheel("numpy", "2.5.1", *FOREIGN_TAGS)))
    result = functions.invoke(functions.create(importing("scipy"), Layers=[layer]), {})
    assert result.payload["errorMessage"].endswith("No module named 'scipy'")


def test_foreign_build_without_a_stand_in_is_named(functions: Any) -> None:
    layer = functions.layer(in_layer(wheel("no_such_native", "1.2.3", *FOREIGN_TAGS)))
    result = functions.invoke(functions.create(Layers=[layer]), {"do": "echo", "value": 1})
    assert result.error == "Unhandled"
    assert result.payload["errorType"] == "LocalAws.CannotStart"
    assert "pip install no-such-native==1.2.3" in result.payload["errorMessage"]
    assert "cp314-cp314-manylinux_2_27_aarch64" in result.log


def test_wheels_that_load_here_are_not_foreign(tmp_path: Path) -> None:
    here = f"cp{sys.version_info.major}{sys.version_info.minor}"
    files = (
        wheel("pure", "1", "py3-none-any")
        | wheel("either", "1", "py2-none-any", "py3-none-any")
        | wheel("compressed", "1", "py2.py3-none-any")
        | wheel("own", "1", f"{here}-none-any")
        | wheel("foreign_name", "1.0.post1", *FOREIGN_TAGS)
        | {"no_wheel-1.dist-info/METADATA": "Name: no_wheel\nVersion: 1\n"}
    )
    assert foreign_distributions(write(tmp_path, files)) == [
        ForeignDistribution("foreign-name", "1.0.post1", "cp314-cp314-manylinux_2_27_aarch64")
    ]


def test_installed_distributions_of_this_environment_are_not_foreign() -> None:
    site_packages = Path(str(metadata.distribution("numpy").locate_file("")))
    assert foreign_distributions(site_packages) == []


def test_runtime_folder_holds_awslambdaric_boto3_and_what_they_require(tmp_path: Path) -> None:
    folder = HostPackages(tmp_path / "host").runtime()
    modules = {path.name.partition(".")[0] for path in folder.iterdir() if not path.name.endswith(".dist-info")}
    assert {"awslambdaric", "boto3", "botocore", "jmespath", "s3transfer", "dateutil", "six", "urllib3"} <= modules
    assert {"runtime_client", "simplejson", "snapshot_restore_py"} <= modules
    assert modules.isdisjoint({"numpy", "moto", "requests", "cryptography", "packaging"})


def test_every_file_of_a_stand_in_is_reachable(tmp_path: Path) -> None:
    foreign = ForeignDistribution("numpy", "0", "any")
    folder = HostPackages(tmp_path / "host").stand_in(foreign).folder
    files = [PurePosixPath(file) for file in metadata.distribution("numpy").files or [] if ".." not in file.parts]
    assert files
    assert [file for file in files if not (folder / file).exists()] == []


def test_links_of_an_earlier_run_are_not_trusted(tmp_path: Path) -> None:
    write(tmp_path / "host", {"runtime/boto3.py": "stale"})
    assert not (HostPackages(tmp_path / "host").runtime() / "boto3.py").exists()


def test_absent_stand_in_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(NoStandIn, match=r"no-such 9 is built for tag,.*pip install no-such==9"):
        HostPackages(tmp_path / "host").stand_in(ForeignDistribution("no-such", "9", "tag"))

"""The application as `app.py` has it, once for each option of a stage: `python -m tests.e2e.features_app FOLDER`.

Its assets stay where they are, so that an assembly is small.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from infra.settings import STAGES
from tests.infra.options import OPTIONS
from tests.infra.synthesis import synthesized


def main(folder: Path) -> None:
    """Write the assembly of stage dev with each option into a folder of the option's name."""
    plain = STAGES["dev"]
    for option, value in OPTIONS.items():
        STAGES["dev"] = replace(plain, **{option: value})
        synthesized(folder / option, stage="dev", **{"aws:cdk:disable-asset-staging": True})


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The application as `app.py` has it, with a prod stage that has a network of its own: `python -m` of it."""

from __future__ import annotations

from dataclasses import replace

import app
from infra.settings import STAGES

if __name__ == "__main__":
    STAGES["prod"] = replace(STAGES["prod"], vpc="own")
    app.main()

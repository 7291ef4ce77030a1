"""The application as `app.py` has it, with a third stage that has every option: `python -m` of it."""

from __future__ import annotations

import app
from infra.settings import STAGES
from tests.infra.options import EVERYTHING, everything

if __name__ == "__main__":
    STAGES[EVERYTHING] = everything()
    app.main()

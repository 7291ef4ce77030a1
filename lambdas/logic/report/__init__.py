"""The report of one execution: a page that opens anywhere, offline. Start at `page`."""

import os
import tempfile
from pathlib import Path

# Where matplotlib keeps its list of fonts: a function has no home to write to.
os.environ.setdefault("MPLCONFIGDIR", str(Path(tempfile.gettempdir()) / "matplotlib"))

"""Everything that is compared with the SageMaker SDK; ``make conformance`` runs it.

    python -m conformance [options of conformance.recordio]

in an environment with conformance/requirements.txt. The exit status is 1 when anything differs.
"""

from __future__ import annotations

import sys

from conformance import images, recordio

if __name__ == "__main__":
    sys.exit(max([recordio.main(), images.main()]))

"""What the service knows of the image without running it."""

from __future__ import annotations

from fm.log_lines import metric_definitions

REPOSITORY = "factorization-machines"
"""The repository's name in every region's registry."""

METRICS = {**metric_definitions("binary_classifier"), **metric_definitions("regressor")}
"""The algorithm's own metric definitions: name to the pattern that finds its value in a log line."""

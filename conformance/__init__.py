"""Comparison with the SageMaker SDK, in a venv of its own; ``make conformance`` runs it."""

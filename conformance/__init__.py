"""Comparisons with the SageMaker SDK and with MXNet, each in a venv of its own; ``make conformance`` runs them."""

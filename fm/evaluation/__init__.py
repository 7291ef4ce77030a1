"""How good a model is, and how surely: measures, thresholds, curves, rankings, intervals, champion against challenger.

NumPy alone, so that it runs in a Lambda function; pure functions and frozen dataclasses, whose ``as_json`` are the
pieces of a run's evaluation. Start at ``documents``.
"""

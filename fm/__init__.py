"""SageMaker's Factorization Machines as pure maths: the model, its trainer, its metrics and its artifact.

Nothing here knows AWS. Scoring, metrics and the artifact codec need NumPy only, so that they fit in a Lambda function;
:mod:`fm.trainer` needs numba as well, and is therefore never imported from here.
"""

"""Ratings in, SageMaker Factorization Machines input out: parse, validate, split, encode; requests and responses.

Knows no AWS and imports nothing of ours but itself. SciPy is imported only where a ``csr_array`` is handed out, so that
everything else also runs where SciPy does not fit.
"""

"""What the functions decide, without AWS: the job, its names, the evaluation, the gate, predictions, the report."""

"""What executions have made, and its removal: one callable for each kind (lambdas.logic.sweeping.Sweep)."""

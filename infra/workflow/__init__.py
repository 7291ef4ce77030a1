"""The state machine: one module per step, each with its states and the permissions they need."""

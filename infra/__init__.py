"""The infrastructure: settings, stacks, one construct per capability, one module per step of the state machine."""

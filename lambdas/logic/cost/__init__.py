"""What an execution and an endpoint cost in AWS: estimates, by prices that are a dated snapshot."""

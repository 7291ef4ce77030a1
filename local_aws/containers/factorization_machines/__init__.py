"""SageMaker's built-in Factorization Machines as a container: `train` and `serve`, over the tree that is /opt/ml."""

"""The page: recommendations, executions and the model, for people; over the AWS APIs of either cloud."""

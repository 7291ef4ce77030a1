"""An embedded local AWS: moto in server mode, made real where an application needs it to be.

Lambda functions run in processes of their own, Step Functions runs JSONata and `.sync` tasks, SageMaker trains and
hosts, CloudFormation refuses what it does not know and every role's policies are enforced. What is emulated, and every
known difference from AWS, is listed in docs/fidelity.md.
"""

"""What it means to be in a VPC: the network is there, a role may join it, and a call leaves it by an endpoint or not.

Nothing is isolated: who holds credentials says where a call comes from (`local_aws.credentials`), and the gate in front
of all services asks `ways` whether that place has a way to the service.
"""

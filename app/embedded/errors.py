"""What can stop a deployment from starting, in words for the person at the keyboard."""


class DeploymentError(Exception):
    """One clear line: what is wrong and what to do about it. Shown without a traceback."""

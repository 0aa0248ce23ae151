"""The mouth for Azure DevOps events: verify, make safe, answer.

It understands no more of an event than where to file it.
"""

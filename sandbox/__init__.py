"""Strict stand-ins for Jira, Atlassian, Azure DevOps and Entra.

They keep everything in memory and import nothing of the product but constants of `domain`.
"""

"""What people's requests and workers both do with a link: its hooks, its rules, what Jira must forget.

Below `app` and `jobs`, above the services; it never answers a request and never runs a task.
"""

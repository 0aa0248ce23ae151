"""What happened in an organization, read in pages: repositories, branches, commits, pushes, pull requests, runs."""

from clients.ado import AdoClient


class HistoryApi:
    """Lists of one organization. Every method raises the CallError of the answer."""

    def __init__(self, client: AdoClient) -> None:
        self._client = client

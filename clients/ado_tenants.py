"""In which tenant of Microsoft Entra an organization of Azure DevOps signs people in. Asked without any credential.

Azure DevOps names it in every answer to nobody, and in its challenge; Git Credential Manager reads the same:
https://github.com/git-ecosystem/git-credential-manager (AzureDevOpsRestApi, GetAuthorityAsync)
"""

import re

from clients.ado import API_VERSION
from clients.http import HttpClient

HEADER = "X-VSS-ResourceTenant"
TENANT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
CHALLENGE = re.compile(rf"Bearer\s+authorization_uri=\"?https://[^/\s\",]+/({TENANT.pattern})", re.IGNORECASE)


def read_tenant(organization_url: str, http: HttpClient) -> str:
    """The id of the tenant; all zeros for personal Microsoft accounts; '' when it is not told, as by a Server.

    Raises CallError when Azure DevOps does not answer.
    """
    answer = http.call(
        "GET", f"{organization_url}/_apis/connectionData", params={"api-version": f"{API_VERSION}-preview"},
        headers={"Accept": "application/json", "X-TFS-FedAuthRedirect": "Suppress"}, keep_refusals=True,
    )  # fmt: skip
    told = answer.headers.get(HEADER, "").strip()
    if TENANT.fullmatch(told):
        return told.lower()
    challenge = CHALLENGE.search(answer.headers.get("WWW-Authenticate", ""))
    return challenge.group(1).lower() if challenge else ""

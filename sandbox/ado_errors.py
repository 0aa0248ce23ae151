"""The refusals of the Azure DevOps stand-in, with the codes and texts of the real one."""

from sandbox.ado_model import Json

NAMESPACE = "Microsoft.VisualStudio.Services.Common"


class AdoError(Exception):
    """A refusal. `type_key` is Azure DevOps' name for it."""

    def __init__(self, status: int, type_key: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.type_key = type_key
        self.message = message

    def body(self) -> Json:
        return {
            "$id": "1",
            "innerException": None,
            "message": self.message,
            "typeName": f"{NAMESPACE}.{self.type_key}, {NAMESPACE}",
            "typeKey": self.type_key,
            "errorCode": 0,
            "eventId": 3000,
        }


class SignInNeeded(AdoError):
    """The token is not accepted; shown as 401, 203 or 302 as the control says."""

    def __init__(self, message: str) -> None:
        super().__init__(401, "UnauthorizedRequestException", message)


def not_found(type_key: str, message: str) -> AdoError:
    return AdoError(404, type_key, message)


def bad_request(message: str, type_key: str = "InvalidArgumentValueException") -> AdoError:
    return AdoError(400, type_key, message)


def no_project(name: str) -> AdoError:
    text = (
        f"TF200016: The following project does not exist: {name}. Verify that the name of the project is correct and "
        "that the project exists on the specified Azure DevOps Server."
    )
    return not_found("ProjectDoesNotExistWithNameException", text)


def no_repository(name: str) -> AdoError:
    text = (
        f"TF401019: The Git repository with name or identifier {name} does not exist or you do not have permissions "
        "for the operation you are attempting."
    )
    return not_found("GitRepositoryNotFoundException", text)


def no_git_right(user_id: str, right: str) -> AdoError:
    text = (
        f"TF401027: You need the Git '{right}' permission to perform this action. Details: identity "
        f"'{user_id}', scope 'repository'."
    )
    return AdoError(403, "GitNeedsPermissionException", text)


def no_branches(repository: str) -> AdoError:
    text = f"VS403403: Cannot find any branches for the {repository} repository."
    return not_found("NoBranchesFoundException", text)


def no_item(path: str, repository: str, version: str, commit: str) -> AdoError:
    text = (
        f"TF401174: The item '{path}' could not be found in the repository '{repository}' at the version specified by "
        f"'<{version}>' (resolved to commit '{commit}')"
    )
    return not_found("GitItemNotFoundException", text)


def no_version(kind: str, name: str, repository: str) -> AdoError:
    text = (
        f"TF401175: The version descriptor <{kind}: {name}> could not be resolved to a version in the repository "
        f"{repository}"
    )
    return not_found("GitUnresolvableToCommitException", text)


def no_pull_request() -> AdoError:
    text = "TF401180: The requested pull request was not found."
    return not_found("GitPullRequestNotFoundException", text)


def no_permission(user: str, resource: str, permission: str) -> AdoError:
    text = (
        f"Access Denied: {user} needs the following permission(s) on the resource {resource} to perform this action: "
        f"{permission}"
    )
    return AdoError(403, "AccessCheckException", text)

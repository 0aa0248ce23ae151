"""What can go wrong with a stored secret, and one way to ask AWS whose errors become these."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from domain.errors import AppError, SecretError, StoreUnavailable

Got = TypeVar("Got")

# Trying again later can help: throttled, credentials being renewed, a key that an administrator can switch on again.
PASSING = frozenset({
    "ThrottlingException", "Throttling", "RequestLimitExceeded", "LimitExceededException", "ExpiredTokenException",
    "UnrecognizedClientException", "InvalidClientTokenId", "DependencyTimeoutException", "KeyUnavailableException",
    "DisabledException", "KMSInvalidStateException", "InternalServiceError",
})  # fmt: skip
ADVICE = {
    "AccessDeniedException": "Allow the role of Crosswalk to use this key and its secrets.",
    "InvalidCiphertextException": "The data key belongs to another tenant or another key, or it is damaged.",
    "IncorrectKeyException": "The data key was wrapped by another KMS key.",
    "NotFoundException": "Check that KMS_KEY_ID names a key of this region.",
}


class KeyFileError(SecretError):
    """The key file cannot be used. The text goes to anybody who asks and so holds no path; `path` is the operator's."""

    def __init__(self, text: str, path: Path) -> None:
        super().__init__(text)
        self.path = path


class MasterKeyGone(SecretError):
    """There is no such master key any more: what it wrapped will not open, and trying again does not help."""


class AwsRefusal(SecretError):
    """AWS refused a call for good; `aws_code` is AWS' name of the reason."""

    def __init__(self, service: str, code: str) -> None:
        super().__init__(f"{service} refused: {code}. {ADVICE.get(code, '')}".rstrip())
        self.aws_code = code


def ask_aws(service: str, call: Callable[[], Got]) -> Got:
    """The answer of `call`. Raises AwsRefusal, or StoreUnavailable when trying later can help.

    Raised outside the `except`, because botocore's own error can repeat a parameter and so a secret.
    """
    failure: AppError
    try:
        return call()
    except ClientError as error:
        failure = _read_refusal(service, error.response)
    except ParamValidationError:
        failure = AwsRefusal(service, "ParamValidationError")
    except BotoCoreError as error:
        failure = StoreUnavailable(f"{service} cannot be reached: {type(error).__name__}")
    raise failure


def _read_refusal(service: str, answer: Mapping[str, object]) -> AppError:
    error, response = answer.get("Error"), answer.get("ResponseMetadata")
    code = str(error.get("Code", "unknown")) if isinstance(error, dict) else "unknown"
    status = response.get("HTTPStatusCode", 0) if isinstance(response, dict) else 0
    if status >= 500 or code in PASSING:
        return StoreUnavailable(f"{service} does not serve this call now: {code}")
    return AwsRefusal(service, code)

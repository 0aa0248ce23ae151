"""The refusals of work item tracking, with the codes and texts of the service."""

from sandbox.ado_errors import AdoError, bad_request, not_found

UNSAVED = -1  # how the service names a work item that is not saved yet


def no_work_item(number: int) -> AdoError:
    text = f"TF401232: Work item {number} does not exist, or you do not have permissions to read it."
    return not_found("WorkItemUnauthorizedAccessException", text)


def no_node(path: str) -> AdoError:
    text = f"VS402485: The Area/Iteration name is not recognized: {path}."
    return not_found("ClassificationNodeNotFoundException", text)


def no_type(name: str, project_id: str) -> AdoError:
    text = (
        f"VS402323: Work item type {name} does not exist in project {project_id} or you do not have permission to "
        "access it."
    )
    return not_found("WorkItemTypeNotFoundException", text)


def no_field(name: str) -> AdoError:
    return not_found("WorkItemTrackingFieldDefinitionNotFoundException", f"TF51535: Cannot find field {name}.")


def no_file(guid: str) -> AdoError:
    return not_found("AttachmentNotFoundException", f"TF237082: The attachment {guid} does not exist.")


def no_comment(number: int, work_item: int) -> AdoError:
    text = f"VS403674: Comment {number} of work item {work_item} does not exist."
    return not_found("WorkItemCommentNotFoundException", text)


def too_many_ids(count: int, limit: int) -> AdoError:
    text = f"VS403474: You requested {count} work items which exceeds the limit of {limit}"
    return bad_request(text, "VssPropertyValidationException")


def fields_and_expand() -> AdoError:
    text = "The expand parameter can not be used with the fields parameter."
    return bad_request(text, "ConflictingParametersException")


def rule_error(field: str, codes: str) -> AdoError:
    return bad_request(f"TF401320: Rule Error for field {field}. Error code: {codes}.", "RuleValidationException")


def invalid_value(field: str, status: str) -> AdoError:
    text = f"TF401326: Invalid field status '{status}' for field '{field}'."
    return bad_request(text, "WorkItemFieldInvalidException")


def invalid_tree(number: int | str, field: str) -> AdoError:
    text = f"TF401347: Invalid tree name given for work item {number}, field '{field}'."
    return bad_request(text, "WorkItemFieldInvalidTreeNameException")


def second_parent(source: int, target: int, end: str) -> AdoError:
    text = (
        f"TF201036: You cannot add a {end} link between work items {source} and {target} because a work item can have "
        "only one Parent link."
    )
    return bad_request(text, "WorkItemLinkInvalidException")


def circle(source: int, target: int, end: str) -> AdoError:
    text = (
        f"TF201035: You cannot add a {end} link between work items {source} and {target} because it would create a "
        "circular relationship."
    )
    return bad_request(text, "WorkItemLinkInvalidException")


def query_error(message: str) -> AdoError:
    return bad_request(message, "WorkItemTrackingQueryException")


def result_too_large(limit: int) -> AdoError:
    text = (
        f"VS402337: The number of work items returned exceeds the size limit of {limit}. Change the query to return "
        "fewer items."
    )
    return bad_request(text, "WorkItemTrackingQueryResultSizeLimitExceededException")


def item_broken(number: int) -> AdoError:
    """What the knob answers for an item that cannot be read although it is there."""
    text = f"TF30065: An unexpected error occurred while work item {number} was read."
    return AdoError(500, "ServiceException", text)

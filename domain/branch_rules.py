"""What the administrators of a site allow of making branches: pure rules over its settings, each with its sentence."""

from domain.branch_names import NameFault
from domain.globs import first_match, matches
from domain.site_settings import SiteSettings

SWITCHED_OFF = "An administrator of this Jira site has switched off making branches"


def why_off(settings: SiteSettings, project: str) -> str | None:
    """Why nobody may make a branch for an issue of a Jira project (its key), None when people may."""
    if not settings.branches.enabled:
        return f"{SWITCHED_OFF}. Make the branch in Azure DevOps; it links itself by the key in its name."
    if project in settings.branches.off_projects:
        words = f"{SWITCHED_OFF} for {project}"
        return f"{words}. Make the branch in Azure DevOps; it links itself by the key in its name."
    return None


def choose_template(settings: SiteSettings, issue_type: str) -> str:
    """The template for an issue: of the first row that fits the name of its type, else the site's one."""
    rows = settings.branches.templates
    fitting = (row.template for row in rows if matches(row.issue_type, issue_type))
    return next(fitting, settings.branch_template)


def rule_fault(settings: SiteSettings, name: str) -> NameFault | None:
    """What the administrators' rule for names has against `name`; None when there is no rule, or it is kept."""
    rule = settings.branches.name_rule
    if rule is None:
        return None
    glob = first_match(rule.never, name)
    if glob is not None:
        return NameFault("site_rule", f"This Jira site allows no branches like “{glob}”. Choose another name.")
    if rule.only and first_match(rule.only, name) is None:
        allowed = ", ".join(f"“{glob}”" for glob in rule.only)
        return NameFault("site_rule", f"This Jira site allows branches like {allowed} only. Choose such a name.")
    return None

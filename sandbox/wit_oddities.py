"""The hard cases of a migration, each one work item, made among the planned ones of a project."""

from collections.abc import Callable

from sandbox.ado_model import User
from sandbox.wit_fields import COMMON, TEST
from sandbox.wit_link_actions import WorkLinkActions
from sandbox.wit_model import BASE, PARENT, WorkItem
from sandbox.wit_plan import DUPLICATE, RELATED, Plan
from sandbox.wit_relations import opposite_end
from sandbox.wit_texts import PLAIN_CODE, SENTENCES, repeat_to

MANY_COMMENTS, MANY_LINKS, MANY_EDITS = 230, 40, 60
BIG_FILE = 12 * 1024 * 1024
DESCRIPTION, TITLE = "System.Description", "System.Title"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABc3UBGAAAAABJRU5ErkJggg=="
SHARED_LINK = "Microsoft.VSTS.TestCase.SharedStepReferencedBy-Forward"


class Oddity:
    """Makes work items of the plan's project; `story` is what it calls a requirement."""

    def __init__(self, organization: WorkLinkActions, plan: Plan) -> None:
        self.organization, self.plan = organization, plan
        self.project = plan.ground.project
        self.story = next(place.types[0].name for place in plan.layout if place.role == "story")

    def make(self, title: str, kind: str | None = None, **fields: object) -> WorkItem:
        """Names of fields come without their blanks: `Tags`, `Description`."""
        given = {TITLE: title} | {f"System.{name}": value for name, value in fields.items()}
        type_name = kind or self.story
        known = self.plan.ground.process.types[type_name].fields
        if "Custom.CustomerTier" in known:
            given["Custom.CustomerTier"] = "Gold"
        return self.organization.create_work_item(self.project.id, type_name, given)

    def person(self, state: str) -> User:
        """Who is `removed` or `disabled`."""
        organization = self.organization
        ids = organization.removed_users if state == "removed" else organization.work.inactive_people
        return next(user for user in self.plan.ground.people if user.id in ids)


def long_title(odd: Oddity) -> None:
    odd.make("🧺" + "long title " * 22 + "the end 0123")


def long_html(odd: Oddity) -> None:
    text = repeat_to(f"<p>{SENTENCES[0]} <b>{SENTENCES[4]}</b></p>", 60_000)
    odd.make("Text over the limit of Jira", Description=text)


def long_markdown(odd: Oddity) -> None:
    made = odd.make("Markdown over the limit", Description=repeat_to(f"- {SENTENCES[1]}\n", 45_000))
    odd.organization.edit_work_item(made.id, {}, formats={DESCRIPTION: "markdown"})


def word_paste(odd: Oddity) -> None:
    style = "mso-fareast-font-family:&quot;Times New Roman&quot;;" * 40
    cell = f'<td style="{style}"><p class=MsoNormal><o:p>&nbsp;</o:p>{SENTENCES[2]}</p></td>'
    odd.make("Pasted from a text processor", Description=f"<table><tbody><tr>{cell * 6}</tr></tbody></table>")


def strange_images(odd: Oddity) -> None:
    """One in the text itself, one from elsewhere, one whose file is gone, one that is there."""
    kept = odd.organization.upload_file("image.png", size=5_000)
    here = f"{BASE}/{odd.project.id}/_apis/wit/attachments"
    sources = (
        f"data:image/png;base64,{PIXEL}", "https://example.com/logo.png",
        f"{here}/00000000-0000-4000-8000-000000000000?fileName=gone.png", f"{here}/{kept.id}?fileName=image.png",
    )  # fmt: skip
    odd.make("Images of all kinds", Description="".join(f'<div><img src="{one}"></div>' for one in sources))


def many_comments(odd: Oddity) -> None:
    made = odd.make("More comments than a page holds")
    for number in range(MANY_COMMENTS):
        odd.organization.comment_work_item(made.id, f"<p>Comment {number + 1}</p>")


def changed_comments(odd: Oddity) -> None:
    made = odd.make("Comments edited and deleted")
    first = odd.organization.comment_work_item(made.id, "First thought")
    second = odd.organization.comment_work_item(made.id, "Never mind", format="markdown")
    odd.organization.edit_work_comment(made.id, first.id, "Second <i>thought</i>")
    odd.organization.delete_work_comment(made.id, second.id)


def many_links(odd: Oddity) -> None:
    made = odd.make("Linked to half the project")
    for number in range(min(MANY_LINKS, odd.plan.count)):
        odd.organization.link_work_items(made.id, RELATED, odd.plan.first + number)


def all_addresses(odd: Oddity) -> None:
    """Every kind of link that is not to a work item of here."""
    made, home = odd.make("Links to everything"), odd.project.id
    add = odd.organization.add_artifact_link
    add(made.id, f"vstfs:///Git/Ref/{home}%2F{home}%2FGBmain", "Branch")
    add(made.id, f"vstfs:///Git/Commit/{home}%2F{home}%2F{'a' * 40}", "Fixed in Commit", comment="not there any more")
    add(made.id, f"vstfs:///Git/PullRequestId/{home}%2F{home}%2F4711", "Pull Request")
    add(made.id, "vstfs:///Build/Build/4711", "Integrated in build")
    add(made.id, "vstfs:///VersionControl/Changeset/17", "Fixed in Changeset")
    add(made.id, f"vstfs:///Wiki/WikiPage/{home}%2F{home}%2FStart", "Wiki Page")
    odd.organization.add_hyperlink(made.id, "https://example.com/a b?c=d&e=ü", comment="with a blank")
    elsewhere = "https://dev.azure.com/other/_apis/wit/workItems/7"
    odd.organization.add_remote_link(made.id, "System.LinkTypes.Remote.Related", elsewhere)


def strange_files(odd: Oddity) -> None:
    """Two of one name, an empty one, and a name that is hard to write."""
    made = odd.make("Files of all kinds")
    for name, size in (("same.txt", 10), ("same.txt", 20), ("empty.log", 0), ("Größe „neu“ 見積.pdf", 3_000)):
        content = b"" if size == 0 else None
        odd.organization.attach_file(made.id, name, size=size, content=content, comment="as agreed")


def big_file(odd: Oddity) -> None:
    odd.organization.attach_file(odd.make("A recording of the screen").id, "screen.mp4", size=BIG_FILE)


def many_tags(odd: Oddity) -> None:
    odd.make("Tagged by everybody", Tags="; ".join(f"tag number {number}" for number in range(60)))


def gone_people(odd: Oddity) -> None:
    made = odd.make("Of people who left")
    odd.organization.edit_work_item(made.id, {"System.AssignedTo": odd.person("disabled")}, user=odd.person("removed"))
    odd.organization.comment_work_item(made.id, "My last day.", user=odd.person("removed"))


def removed_state(odd: Oddity) -> None:
    """Where the process knows no such state it is the last one."""
    made = odd.make("Given up")
    states = odd.plan.ground.process.types[odd.story].states
    odd.organization.edit_work_item(made.id, {"System.State": states[-1].name})


def strange_title(odd: Oddity) -> None:
    odd.make("  <b>Quotes</b> \"and\" 'blanks' &amp; \u200bעברית العربية   \t|  ")


def deep_place(odd: Oddity) -> None:
    """Far down in both trees, in an iteration without dates."""
    area, iteration = "Shop/Checkout/Payments/Cards/Refunds", "Someday/Perhaps/Never"
    odd.organization.add_area(odd.project.id, area)
    odd.organization.add_iteration(odd.project.id, iteration)
    odd.organization.move_work_item(odd.make("Far down").id, area=area, iteration=iteration)


def same_type_nesting(odd: Oddity) -> None:
    """A requirement below a requirement."""
    above = next(n for n in range(odd.plan.first, odd.plan.first + 9) if odd.plan.place(n).role == "story")
    odd.organization.link_work_items(odd.make("A story in a story").id, PARENT, above)


def duplicate(odd: Oddity) -> None:
    odd.organization.link_work_items(odd.make("Seen before").id, opposite_end(DUPLICATE), odd.plan.first)


def many_revisions(odd: Oddity) -> None:
    made = odd.make("Changed over and over")
    for number in range(MANY_EDITS):
        odd.organization.edit_work_item(made.id, {COMMON + "Priority": number % 4 + 1})


def restored_item(odd: Oddity) -> None:
    made = odd.make("Deleted by mistake")
    odd.organization.delete_work_item(made.id)
    odd.organization.restore_work_item(made.id)


def code_and_tables(odd: Oddity) -> None:
    text = (
        f"# Case\n\n~~~\n{PLAIN_CODE}\n~~~\n\n| a | b |\n|:--|--:|\n| `x|y` | <br> |\n\n$$e=mc^2$$\n\n::: mermaid\n:::"
    )
    made = odd.make("Markdown with everything", Description=text)
    odd.organization.edit_work_item(made.id, {}, formats={DESCRIPTION: "markdown"})


def a_test_plan(odd: Oddity) -> None:
    odd.make("Regression 2026", "Test Plan")


def a_test_suite(odd: Oddity) -> None:
    odd.make("Checkout suite", "Test Suite")


def shared_steps(odd: Oddity) -> None:
    odd.make("Sign in", "Shared Steps")


def shared_case(odd: Oddity) -> None:
    """A test case whose second half is nested in a reference to shared steps."""
    shared = next(item for item in odd.organization.work.kept.values() if item.type == "Shared Steps")
    step = "<parameterizedString isformatted='true'>&lt;P&gt;Pay @amount&lt;/P&gt;</parameterizedString>" * 2
    made = odd.make("Pay by card", "Test Case")
    text = (
        f'<steps id="0" last="3"><compref id="2" ref="{shared.id}"><step id="3" type="ValidateStep">{step}'
        "<description/></step></compref></steps>"
    )
    parameters = '<parameters><param name="amount" bind="default"/></parameters>'
    odd.organization.edit_work_item(made.id, {TEST + "Steps": text, TEST + "Parameters": parameters})
    odd.organization.link_work_items(shared.id, SHARED_LINK, made.id)


ODDITIES: tuple[Callable[[Oddity], None], ...] = (
    long_title, long_html, long_markdown, word_paste, strange_images, many_comments, changed_comments, many_links,
    all_addresses, strange_files, big_file, many_tags, gone_people, removed_state, strange_title, deep_place,
    same_type_nesting, duplicate, many_revisions, restored_item, code_and_tables, a_test_plan, a_test_suite,
    shared_steps, shared_case,
)  # fmt: skip


def plant_oddities(organization: WorkLinkActions, plan: Plan) -> None:
    """One work item each; and one more, which is in the recycle bin."""
    odd = Oddity(organization, plan)
    for plant in ODDITIES:
        plant(odd)
    organization.delete_work_item(odd.make("In the recycle bin").id)

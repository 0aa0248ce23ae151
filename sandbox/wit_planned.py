"""Makes one planned work item with all its updates, comments, links and files, as if people had worked on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.wit_fields import COMMON, PLAN, TEST
from sandbox.wit_model import (
    ARTIFACT,
    ATTACHED,
    BASE,
    CHILD,
    HYPERLINK,
    PARENT,
    CommentVersion,
    Fields,
    Relation,
    StoredFile,
    TextFormat,
    Update,
    WorkComment,
    WorkItem,
)
from sandbox.wit_plan import COMMENT, CREATE, START, Core, Plan, mix, moment_of
from sandbox.wit_relations import opposite_end
from sandbox.wit_texts import Setting, make_comment, make_html, make_markdown, make_steps, make_title

IMAGE = 15
FILE_NAMES = ("screenshot-{}.png", "trace-{}.log", "Angebot – Entwurf {}.pdf", "設計 {}.png")


@dataclass(frozen=True, slots=True)
class LazyText:
    """A text of a planned work item; `what` is `html`, `markdown`, `steps`, or the place of a comment."""

    plan: Plan
    number: int
    what: str | int

    def text(self) -> str:
        plan, number = self.plan, self.number
        draw = mix(plan.draw(number) + (self.what if isinstance(self.what, int) else 99))
        image = file_address(plan, plan.file_id(number, IMAGE)) if plan.has_image(number) else None
        other = plan.first + draw % plan.count
        setting = Setting(number, plan.person(draw, 7), other, image, plan.ground.project.id)
        if isinstance(self.what, int):
            return make_comment(setting, markdown=comment_format(number, self.what) == "markdown")
        if self.what == "steps":
            return make_steps(number)
        return make_markdown(setting) if self.what == "markdown" else make_html(setting)


def file_address(plan: Plan, guid: str) -> str:
    return f"{BASE}/{plan.ground.project.id}/_apis/wit/attachments/{guid}"


def description_format(core: Core, number: int) -> TextFormat:
    return "markdown" if number % 5 == 4 and core.role != "test" else "html"


def comment_format(number: int, at: int) -> TextFormat:
    return "markdown" if (number + at) % 3 == 0 else "html"


def make_item(plan: Plan, number: int) -> WorkItem:
    """Raises IndexError for a number that is not planned."""
    core = plan.core(number)
    item = WorkItem(number, [])
    if description_format(core, number) == "markdown":
        item.formats[long_field(core)] = "markdown"
    texts = iter(range(plan.amounts.comments))
    for rev, (step, time) in enumerate(zip(plan.steps(core), core.times, strict=True), 1):
        update = Update(rev, moment_of(time), plan.person(core.draw, rev))
        if step == CREATE:
            update.fields, update.added = first_fields(plan, core, number), tuple(first_relations(plan, core, number))
        elif step == COMMENT:
            add_comment(plan, item, update, next(texts))
        else:
            update.fields = state_fields(plan, core, step, update)
        item.updates.append(update)
    add_later_links(plan, item, core)
    return item


def long_field(core: Core) -> str:
    """Bugs are described by how to see them."""
    name = TEST + "ReproSteps"
    return name if core.role == "bug" and name in core.kind.fields else "System.Description"


def first_fields(plan: Plan, core: Core, number: int) -> Fields:
    first, _, _ = plan.states(core)
    found: Fields = {
        "System.TeamProject": plan.ground.project,
        "System.WorkItemType": core.kind.name,
        "System.Title": make_title(number),
        "System.State": first,
        "System.Reason": "New",
        "System.AreaPath": plan.area(core),
        "System.IterationPath": plan.iteration(core),
        COMMON + "StateChangeDate": moment_of(core.times[0]),
        long_field(core): LazyText(plan, number, description_format(core, number)),
    }
    if tags := plan.tags(core):
        found["System.Tags"] = tags
    if core.category == "Proposed" and (person := plan.assignee(core)):
        found["System.AssignedTo"] = person
    return found | {ref: value for ref, value in planning_fields(plan, core, number) if ref in core.kind.fields}


def planning_fields(plan: Plan, core: Core, number: int) -> list[tuple[str, Any]]:
    """Those of them that the type has are filled; some are left empty."""
    draw = core.draw
    size = (1.0, 2.0, 3.0, 5.0, 8.0)[(draw >> 50) % 5]
    found: list[tuple[str, Any]] = [
        (COMMON + "Priority", (draw >> 36) % 4 + 1),
        (COMMON + "Severity", ("1 - Critical", "2 - High", "3 - Medium", "4 - Low")[(draw >> 38) % 4]),
        (COMMON + "ValueArea", "Business" if (draw >> 42) % 4 else "Architectural"),
        (COMMON + "StackRank", 1e9 + number * 10),
        (COMMON + "BacklogPriority", 1e9 + number * 10),
        (TEST + "Steps", LazyText(plan, number, "steps")),
        ("Custom.CustomerTier", ("Gold", "Silver", "Bronze")[(draw >> 52) % 3]),
    ]
    if (draw >> 53) % 3:
        found += [(PLAN + name, size) for name in ("StoryPoints", "Effort", "Size", "OriginalEstimate")]
        found += [(PLAN + "RemainingWork", size / 2), (PLAN + "CompletedWork", size / 2)]
    if (draw >> 55) % 3 == 0:
        found += [(PLAN + "StartDate", moment_of(core.times[0])), (PLAN + "TargetDate", moment_of(core.times[-1]))]
        found += [("Custom.LaunchDate", moment_of(core.times[-1])), ("Custom.NeedsLegalReview", bool(draw >> 56 & 1))]
        found += [("Custom.TicketCount", number % 9), ("Custom.Approver", plan.person(draw, 9))]
        found.append((COMMON + "AcceptanceCriteria", LazyText(plan, number, "html")))
    return found


def state_fields(plan: Plan, core: Core, step: int, update: Update) -> Fields:
    _, working, final = plan.states(core)
    if step == START:
        found: Fields = {"System.State": working, "System.AssignedTo": plan.assignee(core)}
        found |= {COMMON + "ActivatedDate": update.date, COMMON + "ActivatedBy": update.user}
    else:
        word = "Resolved" if core.category == "Resolved" else "Closed"
        found = {"System.State": final, COMMON + f"{word}Date": update.date, COMMON + f"{word}By": update.user}
        found[COMMON + "ResolvedReason"] = "Fixed" if word == "Resolved" else None
    found |= {"System.Reason": f"Moved to state {found['System.State']}", COMMON + "StateChangeDate": update.date}
    known = set(core.kind.fields)
    return {ref: value for ref, value in found.items() if ref in known}


def add_comment(plan: Plan, item: WorkItem, update: Update, at: int) -> None:
    text = LazyText(plan, item.id, at)
    number = plan.comment_base + (item.id - plan.first) * plan.amounts.comments + at
    first = CommentVersion(1, text, update.user, update.date, comment_format(item.id, at))
    item.comments.append(WorkComment(number, item.id, update.rev, [first]))
    update.fields = {"System.History": text}


def first_relations(plan: Plan, core: Core, number: int) -> list[Relation]:
    """What a work item has from the beginning: its parent and links to older ones, files, and other links."""
    date = moment_of(core.times[0])
    above = plan.parent(number)
    found = [Relation(PARENT, above, date)] if above is not None and above < number else []
    found += [Relation(CHILD, below, date) for below in plan.children(number) if below < number]
    found += [Relation(opposite_end(kind), source, date) for kind, source in plan.links_to(number)]
    for at in range(plan.file_count(number)):
        file = planned_file(plan, number, at)
        found.append(Relation(ATTACHED, file.id, date, file.name, number=number * 16 + at, size=file.size))
    return found + other_relations(plan, number, date)


def other_relations(plan: Plan, number: int, date: datetime) -> list[Relation]:
    """With extras: a hyperlink on every tenth, a commit, pull request or build on every seventh."""
    if not plan.amounts.extras:
        return []
    found, at = [], number - plan.first
    if at % 10 == 3:
        address = f"https://example.com/specs/{number}"
        found.append(Relation(HYPERLINK, address, date, comment="The specification", number=number * 16 + 14))
    if at % 7 == 2 and plan.ground.artifacts:
        address, name = plan.ground.artifacts[at // 7 % len(plan.ground.artifacts)]
        found.append(Relation(ARTIFACT, address, date, name, number=number * 16 + 13))
    return found


def add_later_links(plan: Plan, item: WorkItem, core: Core) -> None:
    """Links to younger work items come when those are made, as updates without a revision of this one."""
    above = plan.parent(item.id)
    later = [(CHILD, below) for below in plan.children(item.id) if below > item.id] + plan.links_from(item.id)
    later += [(PARENT, above)] if above is not None and above > item.id else []
    for rel, other in sorted(later, key=lambda link: link[1]):
        date = moment_of(plan.created(other))
        before = [update for update in item.updates if update.date <= date]
        made = Update(before[-1].rev, date, plan.person(core.draw, 1), added=(Relation(rel, other, date),))
        item.updates.insert(len(before), made)


def planned_file(plan: Plan, number: int, at: int) -> StoredFile:
    """Of 400 bytes to 40 KB."""
    draw = mix(plan.draw(number) + at)
    name = "image.png" if at == IMAGE else FILE_NAMES[draw % len(FILE_NAMES)].format(number)
    return StoredFile(plan.file_id(number, at), name, 400 + (draw >> 8) % 40_000)

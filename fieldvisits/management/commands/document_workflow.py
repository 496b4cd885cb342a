"""Write the process table into the README: who may do what, and the diagram of each paper."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from fieldvisits.workflow import FLOWS, Comment, Flow, Transition

BEGIN = "<!-- workflow: written by manage.py document_workflow; do not edit by hand -->"
END = "<!-- /workflow -->"

WHO = {
    "author": "the officer",
    "leader": "head or deputy",
    "head_with_own_paper": "the head, own paper",
    "coordinator": "coordinator",
    "committee": "Standing Committee",
    "named_member": "the member who agreed",
    "results_desk": "results desk",
    "owner": "the person in charge",
}
#: ``applies`` in words: for which papers a row stands.
ONLY = {
    "is_planned_ahead": "a line of a plan",
    "head_suffices": "days stay in the quarter, same unit",
    "concerns_committee": "days leave the quarter, or another unit",
    "asks_beforehand": "asked for before departure",
    "was_agreed_by_word": "agreed to by word of mouth",
    "waits_for_department": "not put up as the head's own",
    "heads_own": "put up as the head's own",
    "was_open": "open before",
    "was_in_progress": "in progress before",
    "was_passed_up": "passed up before",
}


class Command(BaseCommand):
    """``document_workflow`` rewrites the README's part; ``--check`` only says whether it is up to date."""

    help = "Write the process table and its diagrams into README.md, or --check that they are up to date."

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail when README.md is out of date"
        )

    def handle(self, *args, check: bool, **options) -> None:
        readme = Path(settings.BASE_DIR) / "README.md"
        text = readme.read_text(encoding="utf-8")
        if BEGIN not in text or END not in text:
            raise CommandError("README.md has no place for the workflow.")
        before, rest = text.split(BEGIN, 1)
        after = rest.split(END, 1)[1]
        wanted = before + BEGIN + "\n\n" + document() + "\n" + END + after
        if wanted == text:
            return
        if check:
            raise CommandError(
                "README.md does not show the workflow as it is: run manage.py document_workflow."
            )
        readme.write_text(wanted, encoding="utf-8")
        self.stdout.write("README.md now shows the workflow.")


def document() -> str:
    """Every flow as a table and a diagram, in Markdown, in English."""
    with override("en"):
        return "\n".join("\n".join(section(flow)) for flow in FLOWS)


def section(flow: Flow) -> Iterator[str]:
    yield f"### {flow.name}"
    yield ""
    yield "| Step | Button | From | To | Who | Comment |"
    yield "|---|---|---|---|---|---|"
    for row in flow.transitions:
        sources = ", ".join(str(flow.state(code).label) for code in row.sources)
        yield (
            f"| {row.step} | {row.label} | {sources} | {flow.state(row.target).label} | {people(row)} "
            f"| {comment(row)} |"
        )
    yield ""
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state in flow.states:
        yield f"    {state.code}: {state.label}"
    yield f"    [*] --> {flow.start}"
    for row in flow.transitions:
        for source in row.sources:
            yield f"    {source} --> {row.target}: {row.verb}"
    yield "```"
    yield ""


def people(row: Transition) -> str:
    if row.internal:
        return "follows another paper"
    text = ", ".join(WHO[predicate.__name__] for predicate in row.who)
    text += f" ({ONLY[row.applies]})" if row.applies else ""
    return f"{text}; never on one's own paper" if row.decides else text


def comment(row: Transition) -> str:
    return {
        Comment.NONE: "",
        Comment.OPTIONAL: "may",
        Comment.REQUIRED: "must",
        Comment.EXPLAIN: "when late or incomplete",
    }[row.comment]

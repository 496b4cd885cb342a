"""What the README says of the process is what the table does."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from fieldvisits.management.commands.document_workflow import BEGIN, END, document

README = Path(settings.BASE_DIR) / "README.md"


def test_the_readme_shows_the_workflow_as_it_is():
    call_command("document_workflow", "--check")


def test_every_button_stands_in_the_document():
    from fieldvisits.workflow import FLOWS

    text = document()
    for flow in FLOWS:
        for row in flow.transitions:
            for source in row.sources:
                assert f"    {source} --> {row.target}: {row.verb}" in text


def test_an_outdated_readme_is_noticed_and_mended(tmp_path, settings):
    settings.BASE_DIR = tmp_path
    readme = tmp_path / "README.md"
    readme.write_text(f"# x\n{BEGIN}\nold\n{END}\nend\n", encoding="utf-8")
    with pytest.raises(CommandError, match="document_workflow"):
        call_command("document_workflow", "--check")
    call_command("document_workflow")
    call_command("document_workflow", "--check")
    assert readme.read_text(encoding="utf-8").endswith(f"{END}\nend\n")


def test_every_file_the_readme_names_exists():
    named = re.findall(
        r"`((?:accounts|fieldvisits|reports|tests|templates|static)/[\w/.-]*)`", README.read_text("utf-8")
    )
    assert named
    assert [name for name in named if not (README.parent / name).exists()] == []


def test_a_row_that_stands_for_some_papers_says_for_which():
    text = document()
    for words in (
        "head or deputy (days stay in the quarter, same unit); never on one's own paper",
        "results desk (put up as the head's own); never on one's own paper",
        "| the officer (agreed to by word of mouth) |",
    ):
        assert words in text


def test_every_condition_of_the_table_has_words():
    from fieldvisits.management.commands.document_workflow import ONLY
    from fieldvisits.workflow import FLOWS

    assert {row.applies for flow in FLOWS for row in flow.transitions if row.applies} == set(ONLY)

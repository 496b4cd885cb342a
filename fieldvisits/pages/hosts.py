"""What a host unit sees of its notice through a link (step 5): that notice's visits, and nothing of anybody else's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.forms import BoundField
from django.http import QueryDict

from accounts import clock

from ..forms.hosts import FeedbackForm, HostAnswerForm
from ..models import HostFeedback, HostLink, NoticeAnswer, NoticeLine, Visit, VisitDay
from ..workflow import VisitState


@dataclass(frozen=True)
class AnswerBlock:
    """One announced visit, what was said to it last, and the fields while it may be answered."""

    line: NoticeLine
    said: NoticeAnswer | None
    fields: list[BoundField] | None


@dataclass(frozen=True)
class FeedbackBlock:
    """One visit of the notice: its form once it has begun, what was sent."""

    line: NoticeLine
    visit: Visit
    form: FeedbackForm | None
    said: HostFeedback | None
    takes_place: bool
    is_typed: bool = False


class HostPage:
    """The notice of one link."""

    def __init__(self, link: HostLink) -> None:
        self.link, self.notice = link, link.notice

    @cached_property
    def lines(self) -> list[NoticeLine]:
        lines = list(
            self.notice.lines.select_related("visit__officer", "visit__unit")
            .prefetch_related("visit__companions")
            .order_by("starts", "pk")
        )
        for line in lines:
            line.notice = self.notice
        return lines

    @cached_property
    def department_name(self) -> str:
        return self.notice.department.name

    @cached_property
    def last_answers(self) -> dict[int, NoticeAnswer]:
        """What was said last to each line, by line."""
        return {
            answer.line_id: answer
            for answer in NoticeAnswer.objects.filter(line__in=self.lines).order_by("pk")
        }

    def answer_blocks(self, form: HostAnswerForm) -> list[AnswerBlock]:
        return [
            AnswerBlock(line, self.last_answers.get(line.pk), form.of(line) if line in form.lines else None)
            for line in self.notice.letter_lines(self.lines)
        ]

    @cached_property
    def days(self) -> dict[int, list[tuple[date, bool | None]]]:
        """The days of each visit up to today, with what the unit has said of each."""
        found: dict[int, list[tuple[date, bool | None]]] = {}
        days = VisitDay.objects.filter(
            visit__in=[line.visit_id for line in self.lines], date__lte=clock.today()
        )
        for visit, day, confirmed in days.order_by("date").values_list("visit", "date", "confirmed"):
            found.setdefault(visit, []).append((day, confirmed))
        return found

    @cached_property
    def feedback(self) -> dict[int, HostFeedback]:
        said = HostFeedback.objects.filter(visit__in=[line.visit_id for line in self.lines])
        return {word.visit_id: word for word in said}

    def _takes_place(self, line: NoticeLine) -> bool:
        return line.visit.state == VisitState.APPROVED and line.visit.unit_id == self.notice.unit_id

    def visit_of(self, text: str):
        """What a form needs of the visit ``text`` names: (visit, its days, what was said); None when it cannot be confirmed."""
        for line in self.lines:
            if str(line.visit_id) == text and self._takes_place(line) and line.visit.has_begun:
                visit = line.visit
                return visit, self.days.get(visit.pk, []), self.feedback.get(visit.pk)
        return None

    def feedback_forms(self, posted: QueryDict) -> list[FeedbackForm]:
        """The forms of the visits that may be confirmed, as ``posted``; without those of which nothing was posted."""
        needed = filter(None, (self.visit_of(str(line.visit_id)) for line in self.lines))
        forms = [FeedbackForm(*visit, data=posted) for visit in needed]
        return [form for form in forms if any(key.startswith(f"{form.prefix}-") for key in posted)]

    def feedback_blocks(self, typed: Iterable[FeedbackForm] = ()) -> list[FeedbackBlock]:
        """Visits that have begun first, those to come after them; with the forms as ``typed`` where they could not be kept."""
        left = {form.visit.pk: form for form in typed}
        blocks = []
        for line in self.lines:
            needed = self.visit_of(str(line.visit_id))
            form = left.get(line.visit_id) or (FeedbackForm(*needed) if needed else None)
            blocks.append(
                FeedbackBlock(
                    line,
                    line.visit,
                    form,
                    self.feedback.get(line.visit_id),
                    self._takes_place(line),
                    line.visit_id in left,
                )
            )
        return sorted(blocks, key=lambda block: (block.form is None, block.line.starts))

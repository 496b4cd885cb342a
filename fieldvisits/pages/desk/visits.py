"""Steps 4-6: visits to consent to, to arrange with the host unit, to report."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from ...models import Answer, ChangeKind, ContentGroup
from ...models.adhoc import confirm_due
from ...models.days import REPORTED
from ...models.visits import dates_text, result_due
from ...workflow import AdHocState, ResultState, VisitState
from .. import waiting
from ..gathering import Found
from .rows import Rows, quarter_page
from .tasks import Coming, Tap, Task


class VisitTasks(Rows):
    """What waits around single visits."""

    def _requests(self) -> Iterator[tuple[str, Task]]:
        """Ad-hoc visits and changes: what waits for one's consent, what was returned to oneself or refused lately."""
        for row, quarter in self._of("adhoc"):
            where = f"{row.unit} · {dates_text(row.starts, row.ends)}"
            url = reverse("visit-detail", args=[row.second_id])
            if self._is_back(row):
                more = {"hint": row.comment or ""}
                yield (
                    "returned",
                    self._task(row, quarter, _("Ad-hoc visit: %(where)s") % {"where": where}, url, 4, **more),
                )
            elif row.state == AdHocState.REFUSED:
                yield "refused", self._task(row, quarter, where, url, 4, hint=row.comment or "")
            elif tap := self._tap(row, "confirm", "consent", "endorse", "put_up"):
                due = row.starts
                if row.state == AdHocState.TO_CONFIRM and row.sent:
                    due = confirm_due(row.sent, quarter)
                kind = (
                    _("Ad-hoc visit")
                    if tap.verb != "confirm"
                    else _("Agreed by word of mouth, to be confirmed")
                )
                more = {
                    "hint": f"{kind}: {row.text}",
                    "due": due,
                    "late": self._late(quarter, due),
                    "tap": tap,
                }
                yield "consent", self._task(row, quarter, f"{row.officer} · {where}", url, 4, **more)
        for row, quarter in self._of("changes"):
            was = dates_text(row.was_starts, row.was_ends)
            url = reverse("visit-detail", args=[row.second_id]) + f"#change-{row.pk}"
            if self._is_back(row):
                more = {"hint": row.comment or ""}
                yield (
                    "returned",
                    self._task(row, quarter, _("Change of the visit %(was)s") % {"was": was}, url, 4, **more),
                )
            elif tap := self._tap(row, "grant", "endorse", "put_up"):
                if row.text == ChangeKind.CANCEL:
                    wish = _("%(was)s → cancelled") % {"was": was}
                else:
                    wish = self._wish(row, was)
                yield (
                    "consent",
                    self._task(
                        row, quarter, f"{row.officer} · {wish}", url, 4, hint=_("Change request"), tap=tap
                    ),
                )

    @staticmethod
    def _wish(row: Found, was: str) -> str:
        """What a change of dates or unit would change, and nothing else as if it did."""
        days = dates_text(row.starts, row.ends)
        if row.unit_id == row.was_unit_id:
            return f"{row.unit} · {was} → {days}"
        unit = _("another unit: %(unit)s") % {"unit": row.unit}
        return f"{was} · {unit}" if days == was else f"{was} → {days} · {unit}"

    def _is_back(self, row: Found) -> bool:
        return row.officer_id == self.user.pk and row.state in ("draft", "returned")

    def _visits(self) -> Iterator[tuple[str, Task]]:
        """Results one owes; units to tell; units that refused or want another day."""
        for row, quarter in self._of(waiting.VISIT):
            if row.ends and row.ends < self.today and row.state not in REPORTED:
                due = result_due(row.ends, quarter)
                where = f"{row.unit} · {dates_text(row.starts, row.ends)}"
                more = {"since": row.ends, "due": due, "late": self._late(quarter, due)}
                if row.state == ResultState.RETURNED:
                    more |= {"since": row.since, "late": 0, "hint": row.comment or ""}
                    url = reverse("result-detail", args=[row.second_id])
                    yield (
                        "returned",
                        self._task(row, quarter, _("Result: %(where)s") % {"where": where}, url, 6, **more),
                    )
                elif row.second_id:
                    url, hint = reverse("result-detail", args=[row.second_id]), _("Draft, not sent yet")
                    yield "owed", self._task(row, quarter, where, url, 6, hint=hint, **more)
                else:
                    tap = Tap(
                        reverse("result-start", args=[row.pk]),
                        pgettext("button", "Write the result"),
                        "start",
                    )
                    yield (
                        "owed",
                        self._task(
                            row, quarter, where, reverse("visit-detail", args=[row.pk]), 6, tap=tap, **more
                        ),
                    )
        yield from self._telling()
        for row, quarter in self._of(waiting.OTHER_DATE):
            said = (
                _("The unit asks for another date")
                if row.text == Answer.OTHER_DATE
                else _("The unit cannot receive the visit")
            )
            mine = row.officer_id == self.user.pk
            url = (
                reverse("visit-detail", args=[row.second_id])
                if mine
                else reverse("notice-detail", args=[row.number])
            )
            what = f"{row.unit} · {dates_text(row.starts, row.ends)}" + ("" if mine else f" · {row.officer}")
            yield "answered", self._task(row, quarter, what, url, 5, hint=said, due=row.starts)

    def _telling(self) -> Iterator[tuple[str, Task]]:
        """Units that wait for somebody who does not come so, units to write to, letters to send: one task about each unit."""
        known: set[tuple[int | None, ...]] = set()
        for task in self._taken_back(known):
            yield "contact", task
        for task in self._untold(known):
            yield "contact", task
        for row, quarter in self._of(waiting.UNSENT):
            if _letter(row) in known:  # it is composed anew first
                continue
            what = _("Send the notice: %(unit)s") % {"unit": row.unit}
            more = {"due": row.starts, "late": self._late(quarter, row.starts)}
            yield (
                "contact",
                self._task(row, quarter, what, reverse("notice-detail", args=[row.pk]), 5, **more),
            )

    def _taken_back(self, known: set[tuple[int | None, ...]]) -> Iterator[Task]:
        by_notice: dict[int | None, list[Found]] = {}
        for row, _quarter in self._of(waiting.TAKE_BACK):
            by_notice.setdefault(row.number, []).append(row)
        for pk, rows in by_notice.items():
            rows.sort(key=lambda r: (r.was_starts, r.pk))
            first = rows[0]
            quarter = self.open[first.quarter_id]
            known.add(_letter(first))
            what = _("Tell the unit: %(unit)s") % {"unit": first.unit}
            more = {
                "hint": " · ".join(_became(row) for row in rows),
                "due": first.was_starts,
                "late": self._late(quarter, first.was_starts),
            }
            yield self._task(first, quarter, what, reverse("notice-detail", args=[pk]), 5, **more)

    def _untold(self, known: set[tuple[int | None, ...]]) -> Iterator[Task]:
        by_department: dict[tuple[int, int], list[Found]] = {}
        for row, quarter in self._of(waiting.UNTOLD):
            if _letter(row) not in known:  # the new letter to the unit takes back and tells in one
                by_department.setdefault((quarter.pk, row.department_id), []).append(row)
        for (quarter_id, department_id), rows in by_department.items():
            quarter, first = self.open[quarter_id], min(rows, key=lambda r: (r.starts, r.pk))
            units = len({r.unit_id for r in rows})
            what = ngettext("%(count)d host unit to tell", "%(count)d host units to tell", units) % {
                "count": units
            }
            hint = _("%(department)s; the next visit is on %(day)s at %(unit)s") % {
                "department": first.department,
                "day": first.starts.strftime("%d/%m/%Y"),
                "unit": first.unit,
            }
            url = quarter_page(quarter, "notice-list", department_id)
            more = {
                "since": None,
                "due": first.starts,
                "late": self._late(quarter, first.starts),
                "hint": hint,
            }
            known.update(_letter(row) for row in rows)
            yield self._task(first, quarter, what, url, 5, **more)

    def _upcoming(self) -> Iterator[Coming]:
        coming = [r for r in self.rows.get(waiting.VISIT, ()) if r.ends and r.ends >= self.today]
        for row in sorted(coming, key=lambda r: (r.starts, r.ends, r.pk)):
            group = str(ContentGroup(row.number).label) if row.number else ""
            url = reverse("visit-detail", args=[row.pk])
            yield Coming(url, dates_text(row.starts, row.ends), row.unit or "", group)


def _letter(row: Found) -> tuple[int | None, ...]:
    """What there is one letter in force for."""
    return row.quarter_id, row.department_id, row.unit_id


def _became(row: Found) -> str:
    """What a unit was told of a visit, and what has become of it."""
    was = dates_text(row.was_starts, row.was_ends)
    if row.state != VisitState.APPROVED:
        return _("%(was)s → cancelled") % {"was": was}
    if row.second_id != row.unit_id:
        return f"{was} → " + _("another unit")
    return f"{was} → {dates_text(row.starts, row.ends)}"

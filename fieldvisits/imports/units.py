"""Host units out of a workbook: new ones, and changes to those whose code is known."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Province, User

from ..models import HostUnit, Level
from ..workbooks import Source
from .base import Column, Importer, ImportResult, Row, shorten

#: Field of the unit → column.
FIELDS = {
    "name": "name",
    "level": "level",
    "valid_from": "valid_from",
    "valid_to": "valid_to",
    "contact_name": "contact",
    "contact_phone": "phone",
    "address": "address",
}


class UnitImporter(Importer):
    title = gettext_lazy("Host units")
    columns = (
        Column(
            "code",
            gettext_lazy("Code"),
            gettext_lazy("Unique in the province. A row whose code is known changes that unit."),
            required=True,
            kind="code",
        ),
        Column("name", gettext_lazy("Name"), gettext_lazy("As on papers."), required=True, width=40),
        Column(
            "level",
            gettext_lazy("Level"),
            gettext_lazy("The level of the unit."),
            required=True,
            kind="choice",
            choices=tuple(Level.choices),
            width=28,
        ),
        Column(
            "parent",
            gettext_lazy("Belongs to (code)"),
            gettext_lazy(
                "Code of the unit above, in this list or known already. Its row may come earlier or later."
            ),
            kind="code",
        ),
        Column(
            "valid_from",
            gettext_lazy("Valid from"),
            gettext_lazy("First day, as a date or day/month/year."),
            required=True,
            kind="date",
            width=14,
        ),
        Column(
            "valid_to",
            gettext_lazy("Valid until"),
            gettext_lazy("Last day; empty while the unit exists."),
            kind="date",
            width=14,
        ),
        Column(
            "successors",
            gettext_lazy("Succeeded by (codes)"),
            gettext_lazy("Codes of the units that carry it on, with commas between them."),
            kind="codes",
            width=24,
        ),
        Column("contact", gettext_lazy("Contact person"), gettext_lazy("Whom to call."), width=26),
        Column("phone", gettext_lazy("Phone"), gettext_lazy("As text, with its leading zero."), kind="phone"),
        Column("address", gettext_lazy("Address"), gettext_lazy("Where the unit sits."), width=40),
    )

    def __init__(self, province: Province) -> None:
        super().__init__(province)
        self.known = {unit.code.casefold(): unit for unit in HostUnit.objects.filter(province=province)}
        self.new: set[str] = set()

    def carry_out(self, rows: list[Row]) -> None:
        self.note_repeats(rows, "code")
        in_file = {row["code"].casefold(): row for row in rows if row["code"] and "code" not in row.broken}
        for row in rows:
            self._check_codes(row, in_file)
        self._refuse_rings(in_file)
        sound = {code: row for code, row in in_file.items() if not row.broken}
        written: dict[str, bool] = {}
        for code in list(sound):
            self._write_from_the_top(code, sound, written)
        for code, row in sound.items():
            if code in written:
                changed = self._set_successors(row, self.known[code]) or written[code]
                if code not in self.new:
                    self.result.updated += changed
                    self.result.unchanged += not changed
        self.result.created = len(self.new)

    # -- checks ------------------------------------------------------------------------------------------------------

    def _check_codes(self, row: Row, in_file: dict[str, Row]) -> None:
        for key, codes in (("parent", [row["parent"]]), ("successors", row["successors"] or ())):
            for code in filter(None, codes):
                if code.casefold() not in in_file and code.casefold() not in self.known:
                    self.fail(
                        row,
                        key,
                        _(
                            "There is no unit with the code “%(code)s”, neither in this list nor in the province."
                        )
                        % {"code": shorten(code)},
                    )
                elif row["code"] and code.casefold() == row["code"].casefold():
                    self.fail(
                        row,
                        key,
                        _("A unit cannot belong to itself.")
                        if key == "parent"
                        else _("A unit cannot succeed itself."),
                    )

    def _refuse_rings(self, in_file: dict[str, Row]) -> None:
        """A unit must not come to stand above itself, over however many steps."""
        codes = {unit.pk: code for code, unit in self.known.items()}
        above = {code: codes.get(unit.parent_id or 0) for code, unit in self.known.items()}
        for code, row in in_file.items():
            if "parent" in row:
                above[code] = row["parent"].casefold() if row["parent"] else None
        for code, row in in_file.items():
            if "parent" in row.broken:
                continue
            step, seen = above.get(code), {code}
            while step is not None and step not in seen:
                seen.add(step)
                step = above.get(step)
            if step == code:
                self.fail(
                    row,
                    "parent",
                    _("This forms a ring: “%(code)s” would stand above itself.")
                    % {"code": shorten(row["code"])},
                )

    # -- writing -----------------------------------------------------------------------------------------------------

    def _write_from_the_top(self, code: str, sound: dict[str, Row], written: dict[str, bool]) -> None:
        """Write the unit after those above it; ``written`` says of each whether it changed."""
        chain = []
        step: str | None = code
        while step in sound and step not in written and step not in chain:
            chain.append(step)
            parent = sound[step]["parent"]
            step = parent.casefold() if parent else None
        for each in reversed(chain):
            changed = self._write(sound[each], each)
            if changed is not None:
                written[each] = changed

    def _write(self, row: Row, code: str) -> bool | None:
        """Whether the unit changed; None when it could not be saved."""
        unit = self.known.get(code)
        is_new = unit is None
        if unit is None:
            unit = HostUnit(province=self.province, code=row["code"])
        changed = is_new
        for name, key in FIELDS.items():
            if key in row and getattr(unit, name) != row[key]:
                setattr(unit, name, row[key])
                changed = True
        if "parent" in row:
            parent = self.known.get(row["parent"].casefold()) if row["parent"] else None
            if row["parent"] and parent is None:
                return None  # the row above it is wrong, and says so
            if unit.parent_id != (parent and parent.pk):
                unit.parent = parent
                changed = True
        if changed and not self.save(row, unit, FIELDS | {"code": "code", "parent": "parent"}):
            return None
        self.known[code] = unit
        if is_new:
            self.new.add(code)
        return changed

    def _set_successors(self, row: Row, unit: HostUnit) -> bool:
        if "successors" not in row:
            return False
        wanted = {self.known[c.casefold()].pk for c in row["successors"] or () if c.casefold() in self.known}
        if wanted == set(unit.successors.values_list("pk", flat=True)):
            return False
        unit.successors.set(wanted)
        return True


def run(file: Source, province: Province, commit: bool = False, by: User | None = None) -> ImportResult:
    """Import host units into ``province``; without ``commit`` everything is tried and undone."""
    return UnitImporter(province).run(file, commit=commit)


def template(province: Province | None = None) -> bytes:
    """The empty workbook."""
    return UnitImporter.template(province)

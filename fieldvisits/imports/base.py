"""What importing people and importing units have in common: columns, cells, errors by row and column, all or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, transaction
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from openpyxl.worksheet.datavalidation import DataValidation

from accounts.models import Province
from accounts.text import fold

from .. import workbooks
from ..workbooks import Heading, Raw, Sheet, Source

Text = str | Promise


@dataclass(frozen=True)
class Column:
    """A column of the workbook. ``kind``: "text", "code" (text, digits welcome), "phone", "date", "choice", "choices" or "codes"."""

    key: str
    heading: Text
    meaning: Text
    required: bool = False
    kind: str = "text"
    choices: tuple[tuple[Any, Text], ...] = ()
    width: int = 18

    def names(self) -> set[str]:
        """Every way to write the heading: the key, and the heading in each language, without accents."""
        return {fold(self.key)} | set(_in_each_language(lambda: str(self.heading)))

    def value_of(self, text: str) -> Any:
        """The choice meant by ``text``, by its value or its name in any language; KeyError when there is none."""
        meant = fold(text)
        for value, label in self.choices:
            if meant in {fold(str(value)), *_in_each_language(lambda label=label: str(label))}:  # type: ignore[misc]
                return value
        raise KeyError(text)


def _in_each_language(text: Callable[[], str]) -> list[str]:
    found = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.append(fold(text()))
    return found


@dataclass(frozen=True)
class CellError:
    """What is wrong, where: ``row`` as Excel numbers it, ``column`` from 1 (0 for the row as a whole)."""

    row: int
    column: int
    heading: str
    sentence: str

    def __str__(self) -> str:
        where = _("Row %(row)d") % {"row": self.row}
        if self.heading:
            where += _(", column “%(heading)s”") % {"heading": self.heading}
        return f"{where}: {self.sentence}"


@dataclass
class ImportResult:
    """What an import did, or would do. ``problem`` is the sentence when the file could not be used at all."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[CellError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problem: str = ""
    committed: bool = False
    sheet: Sheet | None = None
    headings: list[Heading] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.problem and not self.errors

    def annotated_copy(self) -> bytes:
        """The workbook with every error marked at its cell, and a sheet that lists them; empty when it could not be read."""
        if self.sheet is None:
            return b""
        marks = [(e.row, e.column, e.sentence) for e in sorted(self.errors, key=lambda e: (e.row, e.column))]
        columns = (_("Row"), _("Column"), _("What to correct"))
        return workbooks.marked_copy(self.sheet, self.headings, marks, _("Errors"), columns)


@dataclass
class Row:
    """A row as read: values by column key; a key is missing when the sheet has no such column."""

    number: int
    values: dict[str, Any]
    broken: set[str] = field(default_factory=set)

    def __getitem__(self, key: str) -> Any:
        return self.values.get(key)

    def __contains__(self, key: str) -> bool:
        return key in self.values


class Importer:
    """Reads one kind of list. Subclasses name their ``columns`` and say in ``carry_out`` what the rows do."""

    title: ClassVar[Text]
    columns: ClassVar[tuple[Column, ...]]

    def __init__(self, province: Province) -> None:
        self.province = province
        self.result = ImportResult()
        self.position: dict[str, int] = {}

    # -- what subclasses do ------------------------------------------------------------------------------------------

    def carry_out(self, rows: list[Row]) -> None:
        """Write the rows, noting errors with ``fail``; whatever was written is undone when there is one."""
        raise NotImplementedError  # pragma: no cover

    # -- the whole of it ---------------------------------------------------------------------------------------------

    def run(self, file: Source, *, commit: bool) -> ImportResult:
        """Read ``file``; write everything when ``commit`` and nothing is wrong, else nothing."""
        try:
            self.result.sheet = workbooks.read_sheet(file, _in_each_language_raw(self.title))
            self._find_columns(self.result.sheet)
        except workbooks.Unreadable as error:
            self.result.problem = str(error)
            return self.result
        rows = self._rows(self.result.sheet)
        self.result.rows = len(rows)
        if not rows:
            self.result.problem = _("There is no row below the headings.")
            return self.result
        try:
            with transaction.atomic():
                self.carry_out(rows)
                keep = commit and not self.result.errors
                if not keep:
                    transaction.set_rollback(True)
        except DatabaseError:
            self.result.problem = _(
                "The database refused the list as it stands; nothing was written. Somebody may have changed the same "
                "data at this moment: try again."
            )
            return self.result
        self.result.committed = keep
        return self.result

    def fail(self, row: Row, key: str, sentence: Text) -> None:
        """Note what is wrong in a cell (``key`` empty: in the row)."""
        position = self.position.get(key)
        heading = self.result.sheet.headings[position] if position is not None and self.result.sheet else ""
        column = 0 if position is None else position + 1
        self.result.errors.append(CellError(row.number, column, heading, str(sentence)))
        row.broken.add(key)

    def save(
        self, row: Row, instance: models.Model, columns: dict[str, str], exclude: Iterable[str] = ()
    ) -> bool:
        """Validate and save ``instance``; its errors go to the cells ``columns`` (field → key) names. Whether it was saved."""
        try:
            instance.full_clean(exclude=set(exclude))
        except ValidationError as error:
            for name, sentences in error.message_dict.items():
                for sentence in sentences:
                    self.fail(row, columns.get(name, ""), sentence)
            return False
        instance.save()
        return True

    def note_repeats(self, rows: list[Row], key: str) -> None:
        """A value that stands in an earlier row already is an error on the later one; upper and lower case are one."""
        first: dict[str, int] = {}
        for row in rows:
            value = row[key]
            if not value:
                continue
            earlier = first.setdefault(str(value).casefold(), row.number)
            if earlier != row.number:
                self.fail(
                    row,
                    key,
                    _("“%(value)s” stands in row %(row)d already.")
                    % {"value": shorten(value), "row": earlier},
                )

    # -- reading -----------------------------------------------------------------------------------------------------

    def _find_columns(self, sheet: Sheet) -> None:
        names = {name: column.key for column in self.columns for name in column.names()}
        for number, heading in enumerate(sheet.headings):
            if not heading:
                continue
            key = names.get(fold(heading.rstrip(" *")))
            if key is None:
                known = ", ".join(str(column.heading) for column in self.columns)
                raise workbooks.Unreadable(
                    _("The column “%(heading)s” is not known. The columns are: %(known)s.")
                    % {"heading": shorten(heading), "known": known}
                )
            if key in self.position:
                raise workbooks.Unreadable(
                    _("The column “%(heading)s” stands there twice.") % {"heading": shorten(heading)}
                )
            self.position[key] = number
        missing = [str(c.heading) for c in self.columns if c.required and c.key not in self.position]
        if missing:
            raise workbooks.Unreadable(
                _("These columns are missing in the first row of the sheet “%(title)s”: %(missing)s.")
                % {"title": sheet.title, "missing": ", ".join(missing)}
            )
        widths = {self.position[c.key]: c for c in self.columns if c.key in self.position}
        self.result.headings = [
            Heading(text, widths[n].width, _shape(widths[n])) if n in widths else Heading(text)
            for n, text in enumerate(sheet.headings)
        ]

    def _rows(self, sheet: Sheet) -> list[Row]:
        present = [column for column in self.columns if column.key in self.position]
        rows = []
        for number, raws in workbooks.cells_of(sheet, [self.position[c.key] for c in present]):
            if not any(raws):
                continue
            row = Row(number, {})
            for column, raw in zip(present, raws, strict=True):
                self._take(row, column, raw)
            rows.append(row)
        return rows

    def _take(self, row: Row, column: Column, raw: Raw) -> None:
        try:
            row.values[column.key] = parse(column, raw)
        except ValueError as error:
            row.values[column.key] = None
            self.fail(row, column.key, str(error))
            return
        if column.required and row.values[column.key] in (None, ""):
            self.fail(row, column.key, _("This cell must be filled in."))

    # -- the empty workbook ------------------------------------------------------------------------------------------

    @classmethod
    def template(cls, province: Province | None = None) -> bytes:
        """The empty workbook: headings, formats, lists to choose from, and a sheet that explains each column."""
        book = workbooks.new_book()
        headings = [
            Heading(
                f"{column.heading} *" if column.required else column.heading, column.width, _shape(column)
            )
            for column in cls.columns
        ]
        sheet = workbooks.add_table(book, str(cls.title), headings)
        rows = []
        for number, column in enumerate(cls.columns, start=1):
            allowed = cls.allowed(column, province)
            rows.append((str(column.heading), _("yes") if column.required else "", str(column.meaning), ", ".join(allowed)))  # fmt: skip
            listed = '"' + ",".join(allowed) + '"'
            if column.kind == "choice" and len(listed) <= 255 and not any("," in text for text in allowed):
                choice = DataValidation(type="list", formula1=listed, allow_blank=not column.required)
                sheet.add_data_validation(choice)
                letter = workbooks.get_column_letter(number)
                choice.add(f"{letter}2:{letter}{workbooks.MOST_ROWS + 1}")
        explained = (
            Heading(_("Column"), 24),
            Heading(_("Required"), 12),
            Heading(_("Meaning"), 70),
            Heading(_("Allowed values"), 60),
        )
        workbooks.add_table(book, _("Explanations"), explained, rows)
        return workbooks.as_bytes(book)

    @classmethod
    def allowed(cls, column: Column, province: Province | None) -> list[str]:
        """What may stand in the column, where that is a list."""
        return [str(label) for _value, label in column.choices]


def _in_each_language_raw(text: Text) -> list[str]:
    found = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.append(str(text))
    return found


def _shape(column: Column) -> str:
    return "date" if column.kind == "date" else "text"


def shorten(value: Any, most: int = 60) -> str:
    """``value`` as quoted in a sentence."""
    text = str(value)
    return text if len(text) <= most else text[: most - 1] + "…"


# --- Cells --------------------------------------------------------------------------------------------------------------


def parse(column: Column, raw: Raw) -> Any:
    """What a cell says: "" or None when it is empty; ValueError with a sentence when it cannot be understood."""
    if raw.kind == "formula":
        raise ValueError(_("The cell holds a formula. Put the value itself there."))
    if raw.kind == "error":
        raise ValueError(_("The cell holds an Excel error (%(value)s).") % {"value": shorten(raw.value)})
    if column.kind == "date":
        return _date(raw)
    text = _text(column, raw)
    if column.kind == "choice":
        return _choice(column, text) if text else None
    if column.kind == "choices":
        return tuple(dict.fromkeys(_choice(column, part) for part in _parts(text)))
    if column.kind == "codes":
        return tuple(dict.fromkeys(_parts(text)))
    return text


def _parts(text: str) -> Sequence[str]:
    return [part for part in (p.strip() for p in re.split(r"[,;\n]", text)) if part]


def _choice(column: Column, text: str) -> Any:
    try:
        return column.value_of(text)
    except KeyError:
        allowed = ", ".join(str(label) for _value, label in column.choices)
        raise ValueError(
            _("“%(value)s” is not one of: %(allowed)s.") % {"value": shorten(text), "allowed": allowed}
        ) from None


def _text(column: Column, raw: Raw) -> str:
    if not raw:
        return ""
    if raw.kind == "text":
        lines = str(raw.value).split("\n") if column.kind in ("choices", "codes") else [str(raw.value)]
        return "\n".join(" ".join(line.split()) for line in lines)
    if raw.kind == "yes-no" and column.kind == "choice":
        return "yes" if raw.value else "no"
    if raw.kind == "number" and column.kind == "phone":
        raise ValueError(
            _("Enter the number as text: as a figure it loses its leading zero (format the cell as Text).")
        )
    if raw.kind == "number" and abs(raw.value) < 1e15 and raw.value == int(raw.value):
        return str(int(raw.value))
    raise ValueError(_("Enter text here (format the cell as Text)."))


def _date(raw: Raw) -> date | None:
    if not raw:
        return None
    if raw.kind == "date" and isinstance(raw.value, datetime) and raw.value.time() == time():
        return raw.value.date()
    if raw.kind == "text":
        for shape in ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"):
            try:
                return datetime.strptime(str(raw.value), shape).date()
            except ValueError:
                continue
    raise ValueError(
        _("“%(value)s” is not a date. Enter day/month/year, such as 01/07/2025.")
        % {"value": shorten(raw.value)}
    )

"""The command line of an import: template, dry run, the real thing, and the copy with the errors marked."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Province

from .base import Importer, ImportResult

#: Errors printed on the terminal; all of them are in the copy of the workbook.
MOST_SHOWN = 20


class ImportCommand(BaseCommand):
    """``FILE.xlsx --province SLUG`` tries everything and writes nothing; ``--commit`` writes; ``--template FILE.xlsx`` begins."""

    importer: ClassVar[type[Importer]]

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", help="the workbook (.xlsx)")
        parser.add_argument(
            "--province", help="short name of the province; may be left out where there is only one"
        )
        parser.add_argument(
            "--commit", action="store_true", help="really write; without it everything is tried and undone"
        )
        parser.add_argument("--template", metavar="FILE.xlsx", help="write the empty workbook with its explanations")  # fmt: skip

    def handle(self, *, file, province, commit, template, **options):
        if bool(file) == bool(template):
            raise CommandError(_("Name either the workbook to import or, with --template, the one to write."))
        if template:
            place = self.province(province) if province or Province.objects.count() == 1 else None
            self.write(Path(template), self.importer.template(place))
            self.stdout.write(_("Written: %(file)s.") % {"file": template})
            return
        place = self.province(province)
        path = Path(file)
        result = self.importer(place).run(path, commit=commit)
        if result.problem:
            raise CommandError(f"{path.name}: {result.problem} " + _("Nothing was written."))
        if result.errors:
            self.refuse(path, result)
        self.report(result, place, commit)

    def province(self, slug: str | None) -> Province:
        provinces = list(Province.objects.order_by("slug"))
        if slug is None and len(provinces) == 1:
            return provinces[0]
        found = next((p for p in provinces if p.slug == slug), None)
        if found is None:
            known = ", ".join(p.slug for p in provinces) or "-"
            if slug is None:
                raise CommandError(
                    _("Say which province: --province with one of %(known)s.") % {"known": known}
                )
            raise CommandError(
                _("There is no province “%(slug)s”. There are: %(known)s.") % {"slug": slug, "known": known}
            )
        return found

    def refuse(self, path: Path, result: ImportResult) -> None:
        errors = sorted(result.errors, key=lambda error: (error.row, error.column))
        for error in errors[:MOST_SHOWN]:
            self.stderr.write(f"  {error}")
        if len(errors) > MOST_SHOWN:
            self.stderr.write("  " + _("… and %(count)d more.") % {"count": len(errors) - MOST_SHOWN})
        copy = path.with_name(f"{path.stem}-errors.xlsx")
        self.write(copy, result.annotated_copy())
        raise CommandError(
            ngettext(
                "%(count)d error; nothing was written. It is marked in %(file)s.",
                "%(count)d errors; nothing was written. They are marked in %(file)s.",
                len(errors),
            )
            % {"count": len(errors), "file": copy}
        )

    def report(self, result: ImportResult, province: Province, commit: bool) -> None:
        for note in result.notes:
            self.stdout.write(f"  {note}")
        figures = {
            "province": province,
            "rows": result.rows,
            "created": result.created,
            "updated": result.updated,
            "unchanged": result.unchanged,
        }
        self.stdout.write(
            _("%(province)s: %(rows)d rows read; %(created)d new, %(updated)d changed, %(unchanged)d as before.") % figures
        )  # fmt: skip
        if commit:
            self.stdout.write(_("Everything has been written."))
        else:
            self.stdout.write(_("This was a trial: nothing was written. Repeat it with --commit to write."))

    def write(self, path: Path, data: bytes) -> None:
        try:
            path.write_bytes(data)
        except OSError as error:
            raise CommandError(
                _("%(file)s cannot be written: %(reason)s. Nothing was imported.")
                % {"file": path, "reason": error.strerror}
            ) from error

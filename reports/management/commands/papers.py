"""Every official paper of what is in the database, as Word, Excel, PDF and pictures: to look at them before they are signed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db.models import F, Q

from accounts import clock
from accounts.models import Province, Role, RoleGrant, User
from fieldvisits.models import Officer, YearRule
from fieldvisits.pages.years import sheets_of

from ...models import AnnualReport, as_read_by
from ...papers import annual, annual_sheet
from ...papers.kinds import FORMS, KINDS, file_name, in_vietnamese, written
from ...xlsx.annual import annual_workbook

PACKAGES = "libreoffice-calc libreoffice-writer poppler-utils fonts-liberation2"
#: Address that stands in the links of letters.
SITE = "https://cong-tac-co-so.example.vn"
#: Files converted in one go; seconds it may take.
MOST_AT_ONCE, PATIENCE = 200, 1800


class Command(BaseCommand):
    help = "Write every official paper as .docx and .xlsx, then each as .pdf and .png."

    def add_arguments(self, parser):
        parser.add_argument("--out", default="var/papers", type=Path, help="folder to write into")
        parser.add_argument(
            "--all", action="store_true", help="all papers; without it one of each kind and province"
        )
        parser.add_argument("--year", type=int, help="only papers of this year")

    def handle(self, *, out, all, year, **options):
        out.mkdir(parents=True, exist_ok=True)
        tally: Counter[str] = Counter()
        files: list[Path] = []
        for kind, name, content in self._papers(None if all else 1, year):
            path = out / name
            for old in out.glob(f"{path.name}*"):
                old.unlink()
            path.write_bytes(content)
            files.append(path)
            tally[kind] += 1
        if not files:
            raise CommandError("There is no paper yet. Make the demonstration data first: manage.py demo")
        for kind, count in tally.items():
            self.stdout.write(f"{count:5d}  {kind}")
        soffice, pdftoppm = self._programs(out, len(files))
        pages = sum(_pictures(pdftoppm, pdf) for pdf in _pdfs(soffice, files))
        self.stdout.write(f"{len(files)} files, {pages} pages as pictures, in {out}")

    def _programs(self, out: Path, count: int) -> tuple[str, str]:
        soffice = shutil.which("soffice") or shutil.which("libreoffice")
        pdftoppm = shutil.which("pdftoppm")
        if soffice and pdftoppm:
            return soffice, pdftoppm
        missing = " and ".join(
            name for name, found in [("soffice", soffice), ("pdftoppm", pdftoppm)] if not found
        )
        raise CommandError(
            f"{count} papers are in {out} as .docx and .xlsx, but not as .pdf and .png: {missing} cannot be found. "
            f"On Debian or Ubuntu: apt install {PACKAGES}"
        )

    def _papers(self, most: int | None, year: int | None) -> Iterator[tuple[str, str, bytes]]:
        """(kind, name of the file, content) as the Standing Committee of each province may have them."""
        for province in Province.objects.order_by("slug"):
            grants = RoleGrant.objects.on(clock.today()).filter(role=Role.COMMITTEE, province=province)
            grant = grants.select_related("user").order_by("pk").first()
            if grant is None:
                self.stderr.write(f"{province}: nobody of a Standing Committee to read papers, left out.")
                continue
            yield from self._quarterly(province, grant.user, most, year)
            yield from self._sheets(province, grant.user, most, year)
            yield from self._annual_reports(province, grant.user, most, year)

    def _quarterly(self, province: Province, reader: User, most: int | None, year: int | None):
        for slug, kind in KINDS.items():
            wanted = Q(quarter__province=province, **({"quarter__year": year} if year else {}))
            # the fullest year first: that of the last quarter which is over
            ended = Q(quarter__year__lt=clock.today().year)
            found = (
                kind.visible_to(reader).filter(wanted).order_by("-quarter__year", "-quarter__number", "-pk")
            )
            chosen = found if most is None else (found.filter(ended)[:most] or found[:most])
            for paper in chosen:
                facts = kind.facts_of(paper, reader, lambda path: SITE + path)
                for form in FORMS:
                    yield slug, kind.file_name(paper, form), written(form, kind.write, facts)

    def _sheets(self, province: Province, reader: User, most: int | None, year: int | None):
        rules = YearRule.objects.filter(province=province, year__lte=clock.today().year).order_by("year")
        for rule in rules.filter(year=year) if year else rules:
            officers = Officer.objects.of_year(rule).by_name()
            for officer in officers if most is None else officers[:most]:
                for sheet in sheets_of(officer, rule, reader):
                    facts = in_vietnamese(annual_sheet.facts_of, sheet, rule)
                    for form in FORMS:
                        name = file_name(*annual_sheet.names_of(sheet, rule), ending=form)
                        yield "annual-sheet", name, written(form, annual_sheet.write, facts)

    def _annual_reports(self, province: Province, reader: User, most: int | None, year: int | None):
        found = AnnualReport.objects.visible_to(reader).filter(province=province).select_related("province")
        # what was sent goes before drafts
        chosen = (found.filter(year=year) if year else found).order_by(
            F("sent_on").desc(nulls_last=True), "-year", "-pk"
        )
        for report in chosen if most is None else chosen[:most]:
            facts = annual.facts_of(*as_read_by(reader, [report]))
            for form, write in (("docx", annual.annual_document), ("xlsx", annual_workbook)):
                yield "annual-report", file_name(*facts.names, ending=form), write(facts)


def _pdfs(soffice: str, files: list[Path]) -> list[Path]:
    """Each file as a PDF beside it, "name.xlsx.pdf"; Word and Excel apart, as both become "name.pdf"."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        profile = (Path(folder) / "profile").as_uri()
        for ending in FORMS:
            some = [path for path in files if path.suffix == f".{ending}"]
            into = Path(folder) / ending
            for at in range(0, len(some), MOST_AT_ONCE):
                command = [soffice, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf"]
                names = [str(path.resolve()) for path in some[at : at + MOST_AT_ONCE]]
                done = subprocess.run(
                    [*command, "--outdir", str(into), *names],
                    capture_output=True,
                    text=True,
                    timeout=PATIENCE,
                    check=False,
                )
                if done.returncode:
                    raise CommandError(f"soffice could not convert the papers: {done.stderr.strip()}")
            for path in some:
                made = into / f"{path.stem}.pdf"
                if not made.exists():
                    raise CommandError(f"soffice could not open {path.name}.")
                found.append(Path(shutil.move(made, path.with_name(f"{path.name}.pdf"))))
    return found


def _pictures(pdftoppm: str, pdf: Path) -> int:
    """The pages of ``pdf`` as pictures beside it, "name.xlsx-1.png"; how many there are."""
    subprocess.run([pdftoppm, "-r", "80", "-png", str(pdf), str(pdf.with_suffix(""))], check=True)
    return len(list(pdf.parent.glob(f"{pdf.stem}-*.png")))

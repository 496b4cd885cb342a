"""Write a province's annual report to the Central Union as a workbook: the same values as the button on the report's page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Province
from fieldvisits.models import YearRule

from ...models import AnnualReport, Version
from ...papers.annual import facts_of
from ...xlsx.annual import annual_workbook

#: The report of the whole year before the one of the cut-off.
_FIRST_CHOICE = (Version.FINAL, Version.PROVISIONAL)


class Command(BaseCommand):
    help = (
        "Write the annual report of a province to an .xlsx file, as frozen once it is approved, else as a draft with the figures of now. "
        "Without --version the final report is taken when it has been begun, else the provisional one; a year without a "
        "report is refused, as its page has nothing to download either. A file that exists is overwritten, and the command says so."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # ``--version`` is the report's here, not Django's
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--province", required=True, help="the province's short name, as thai-nguyen")
        parser.add_argument("--year", required=True, type=int)
        parser.add_argument("--out", required=True, type=Path, help="the file to write, ending in .xlsx")
        parser.add_argument(
            "--version", dest="wanted", choices=Version.values, help="which of the year's two reports"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"]
        if out.suffix.lower() != ".xlsx":
            raise CommandError(f"{out} does not end in .xlsx.")
        report = _report(_province(options["province"]), options["year"], options["wanted"])
        content = annual_workbook(facts_of(report))
        overwritten = out.exists()
        try:
            out.write_bytes(content)
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
        frozen = (
            "figures frozen when it was approved" if report.is_frozen else "a draft, with the figures of now"
        )
        self.stdout.write(
            f"{report.province}, {report.year}: the {report.version} report, edition {report.edition}, "
            f"{report.state} ({frozen}) → {out}{', overwritten' if overwritten else ''}"
        )


def _province(slug: str) -> Province:
    try:
        return Province.objects.get(slug=slug)
    except Province.DoesNotExist:
        known = ", ".join(sorted(Province.objects.values_list("slug", flat=True))) or "none yet"
        raise CommandError(f"There is no province “{slug}”. Known are: {known}.") from None


def _report(province: Province, year: int, wanted: str | None) -> AnnualReport:
    found = {
        report.version: report
        for report in AnnualReport.objects.filter(province=province, year=year).select_related("province")
    }
    version = next((v for v in ([wanted] if wanted else _FIRST_CHOICE) if v in found), None)
    if version is not None:
        return found[version]
    if not YearRule.objects.filter(province=province, year=year).exists():
        raise CommandError(f"{province} has no rules for {year}, so there is nothing to report on.")
    if found:
        raise CommandError(f"{province} has no {wanted} report on {year}; there is: {', '.join(found)}.")
    raise CommandError(
        f"{province} has no annual report on {year} yet: the coordination desk begins it on the page of the year."
    )

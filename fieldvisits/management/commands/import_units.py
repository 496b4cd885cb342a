from fieldvisits.imports.command import ImportCommand
from fieldvisits.imports.units import UnitImporter


class Command(ImportCommand):
    help = "Import host units of a province from a workbook; a trial unless told --commit."
    importer = UnitImporter

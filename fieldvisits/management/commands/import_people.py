from fieldvisits.imports.command import ImportCommand
from fieldvisits.imports.people import PeopleImporter


class Command(ImportCommand):
    help = "Import people of a province from a workbook; a trial unless told --commit."
    importer = PeopleImporter

"""A large database to measure on."""

from time import monotonic

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Province, User
from reports.bench.fill import Size, fill
from reports.bench.people import PASSWORD, SIGN_IN


class Command(BaseCommand):
    help = (
        "Fill an empty database with invented provinces and years of visits, in bulk, to measure on. "
        "Never use it for real work: the passwords are known."
    )

    def add_arguments(self, parser):
        parser.add_argument("--provinces", type=int, default=63)
        parser.add_argument("--years", type=int, default=10, help="of four quarters, up to the one that runs")
        parser.add_argument("--officers", type=int, default=24, help="of a province (at least 13)")
        parser.add_argument("--visits", type=int, default=8, help="of an officer in a quarter (at most 20)")

    def handle(self, *, provinces, years, officers, visits, **options):
        if not (1 <= provinces <= 99 and 1 <= years <= 15 and 13 <= officers <= 200 and 1 <= visits <= 20):
            raise CommandError(
                "Choose 1-99 provinces, 1-15 years, 13-200 officers and 1-20 visits of each in a quarter."
            )
        # known passwords are never put beside anybody's own
        if Province.objects.exists() or User.objects.exists():
            raise CommandError(
                "This database holds provinces or people already. The large one belongs in an empty database."
            )
        began = monotonic()
        size = Size(provinces, years, officers, visits)
        write = fill(size, lambda line: self.say(f"  {monotonic() - began:4.0f} s  {line}"))
        for model, number in sorted(write.written.items(), key=lambda item: -item[1]):
            self.say(f"  {number:>10,}  {model._meta.verbose_name_plural}")
        self.say(f"Done in {monotonic() - began:.0f} s. Everything is invented.")
        self.say(f"The password of these is {PASSWORD}: {', '.join(SIGN_IN.values())}")

    def say(self, line):
        self.stdout.write(line)
        self.stdout.flush()

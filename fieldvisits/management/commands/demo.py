"""Demonstration data: two provinces as the sources describe them, with invented people."""

from time import monotonic

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import clock
from accounts.models import Province, Role, RoleGrant, User
from fieldvisits.demo.build import PROVINCES, build
from fieldvisits.demo.people import PASSWORD, REVIEWER, SHOWN


class Command(BaseCommand):
    help = "Make the demonstration data; a second run changes nothing."

    def add_arguments(self, parser):
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing, quietly, where any province exists"
        )
        parser.add_argument(
            "--force", action="store_true", help="also in a database that holds other provinces"
        )
        parser.add_argument("--who", action="store_true", help="only print who signs in how")

    def handle(self, *, if_empty, force, who, **options):
        if who:
            return self.print_people()
        present = set(Province.objects.values_list("slug", flat=True))
        if if_empty and present:
            return None
        if self.is_there():
            self.stdout.write("The demonstration data is there already; nothing was changed.")
            return None
        taken = present & {data.SLUG for data in PROVINCES}
        if taken:
            raise CommandError(
                f"The province {', '.join(sorted(taken))} exists already and is not the demonstration's: "
                "the demonstration cannot be added to this database."
            )
        if present and not force:
            raise CommandError(
                "This database holds other data. The demonstration belongs in an empty one; "
                "with --force it is added beside the provinces that are there."
            )
        names = {p.username for data in PROVINCES for p in data.PEOPLE} | {REVIEWER.username}
        if User.objects.filter(username__in=names).exists():
            raise CommandError(
                "Somebody here already has a user name of the demonstration: it cannot be added."
            )
        began = monotonic()
        self.stdout.write(
            "Demonstration data: every state is reached by its real transitions, on its own day."
        )
        with clock.at(timezone.now()):
            build(lambda line: self.stdout.write(f"  {monotonic() - began:4.0f} s  {line}"))
        self.stdout.write(
            "Done. People are invented. Document numbers, decision dates and days of visits come from no source: "
            "they are sample data, marked (số liệu mẫu). The password is the same for everybody and known: "
            "use this database only to try things out."
        )
        return None

    def is_there(self):
        """Whether both provinces stand, with the people of the demonstration in them."""
        return all(
            User.objects.filter(
                username=data.PEOPLE[0].username, full_name=data.PEOPLE[0].full_name, province__slug=data.SLUG
            ).exists()
            for data in PROVINCES
        )

    def print_people(self):
        """One line per role and province."""
        grants = list(
            RoleGrant.objects.on(clock.today())
            .filter(user__is_active=True)
            .select_related("user", "province", "department")
            .order_by("province__name", "user")
        )
        if not grants:
            raise CommandError("There is nobody yet. Run the command demo first.")
        roles_of = {}
        for grant in grants:
            roles_of.setdefault(grant.user_id, []).append(grant.get_role_display())
        shown = {}
        for grant in grants:
            key = (grant.province, grant.role)
            if key not in shown or self.shows_better(grant.user, shown[key], roles_of):
                shown[key] = grant.user
        rows = [
            (user.username, str(user), ", ".join(roles_of[user.pk]), str(province or "Trung ương Đoàn"))
            for province in sorted({p for p, _role in shown}, key=lambda p: (p is None, str(p)))
            for role in Role
            if (user := shown.get((province, role)))
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        self.stdout.write(f"Everybody signs in with the password {PASSWORD}. One person for each role:")
        for row in rows:
            self.stdout.write(
                "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            )

    def shows_better(self, user, other, roles_of):
        """Whoever was named to show the role; else whoever holds fewest other roles."""

        def rank(person):
            return person.username.rpartition(".")[2] not in SHOWN, len(roles_of[person.pk])

        return rank(user) < rank(other)

"""What waits for a person: grouped by what has to be done, oldest first, with what is overdue in days.

``desk_of`` reads everything with one question (``pages.waiting``) and answers with frozen dataclasses (``tasks``); ``my_year``
says how the person stands in the year.
"""

from .reader import GROUPS, desk_of
from .tasks import Coming, Desk, Group, Nudged, Reminder, Tap, Task
from .year import MyYear, my_year

__all__ = [
    "GROUPS",
    "Coming",
    "Desk",
    "Group",
    "MyYear",
    "Nudged",
    "Reminder",
    "Tap",
    "Task",
    "desk_of",
    "my_year",
]

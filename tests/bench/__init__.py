"""How fast the application is at 500,000 visits, and how large it grows: ``make bench`` (never a part of the tests)."""

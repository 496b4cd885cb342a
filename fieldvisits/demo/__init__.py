"""The demonstration: two provinces with invented people, carried through their quarters by real transitions."""

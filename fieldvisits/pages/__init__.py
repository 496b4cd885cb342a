"""What a page shows: functions that answer with frozen dataclasses, in a number of queries that does not grow with the rows.

They start from what the person may see and decide nothing; the views hand them to the templates.
"""

"""Lists of people and of host units out of workbooks: everything or nothing, updated by code."""

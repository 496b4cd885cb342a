"""One module for each kind of page: tables, the annual report, papers to download."""

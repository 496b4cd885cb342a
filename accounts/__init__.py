"""Who: provinces, departments, officers and the dated roles they hold. Imports nothing of ours."""

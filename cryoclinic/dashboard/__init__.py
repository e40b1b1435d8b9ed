"""The staff dashboard: pages for the day's work, beside the records of the admin."""

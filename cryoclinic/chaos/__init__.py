"""Kill, stop, flush and restart under load, then compare what the provider has with what the database says."""

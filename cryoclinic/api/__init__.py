"""The conventions of /api/v1 that every package's endpoints share, reached through settings alone."""

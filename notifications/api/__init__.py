"""What was owed and what was told, over REST: read only."""

"""The page behind a link: HTTP in, one call, HTML out. It works without script."""

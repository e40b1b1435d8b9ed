"""The work pages: translate a request, one call, translate back."""

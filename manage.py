#!/usr/bin/env python
"""Run a command of the product; `manage.py help` lists them."""

import os
import sys

from django.core.management import execute_from_command_line

from cryoclinic.embedded import EmbeddedServiceUnavailable


def main() -> None:
    """Run the command; when an embedded service is missing, say so in a sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cryoclinic.settings")
    try:
        execute_from_command_line(sys.argv)
    except EmbeddedServiceUnavailable as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

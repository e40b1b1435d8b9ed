#!/usr/bin/env python
"""Run a command of the product; `manage.py help` lists them."""

import os
import sys

from django.core.management import execute_from_command_line, load_command_class

from cryoclinic.embedded import EmbeddedServiceUnavailable

# Commands that need no app, and the package each is in: loading all apps takes longer than planning 1,000 cases.
WITHOUT_APPS = {"plan_case": "procedures"}


def main() -> None:
    """Run the command; when an embedded service is missing, say so in a sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cryoclinic.settings")
    command = next(iter(sys.argv[1:]), "")
    try:
        if command in WITHOUT_APPS:
            load_command_class(WITHOUT_APPS[command], command).run_from_argv(sys.argv)
        else:
            execute_from_command_line(sys.argv)
    except EmbeddedServiceUnavailable as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

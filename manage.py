#!/usr/bin/env python3
"""The hub's command line: `manage.py up` starts everything, `manage.py help` lists the rest."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    """Run the command, or say in one sentence why the settings do not allow it."""
    settings = "starting" if sys.argv[1:2] == ["up"] else "development"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"hub.config.settings.{settings}")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"hub: {error}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""The hub's command line: `manage.py up` starts everything, `manage.py help` lists the rest."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

PROCESSES = {
    "administrator": "worker",
    "demo": "seed",
    "import_postmortems": "worker",
    "reindex": "worker",
    "sequencer": "sequencer",
    "source": "worker",
    "worker": "worker",
}
"""Commands that open the database with another login than the web's, unless HUB_PROCESS says otherwise."""


def main() -> None:
    """Run the command, or say in one sentence why the settings do not allow it."""
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    settings = "starting" if command == "up" else "development"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"hub.config.settings.{settings}")
    if command in PROCESSES:
        os.environ.setdefault("HUB_PROCESS", PROCESSES[command])
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"hub: {error}")


if __name__ == "__main__":
    main()

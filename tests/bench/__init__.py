"""Measurements, each printed as a ratio to something everybody knows, taken in the same run.

`make bench` runs all of them; `python -m tests.bench.incidents` and its like run one.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.config.settings.testing")
django.setup()

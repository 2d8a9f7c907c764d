"""How well the search ranks: judged queries on the demonstration's reviews, and plain BM25 to stand beside it."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.config.settings.testing")
django.setup()

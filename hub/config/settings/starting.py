"""What `manage.py up` itself runs on: no applications, for loading them takes longer than starting a database.

Its processes run on `development`.
"""

from __future__ import annotations

INSTALLED_APPS = ["hub.running"]
USE_TZ = True

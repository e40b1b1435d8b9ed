"""The product's settings, made fast for tests; nothing a test proves is switched off here."""

import os
from pathlib import Path

_data = Path(__file__).resolve().parent.parent / ".data" / "test"
os.environ.setdefault("CRYOCLINIC_DATA_DIR", str(_data))
os.environ.setdefault("CRYOCLINIC_EMBEDDED_FSYNC", "off")

from cryoclinic.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
LOGGING["root"]["level"] = "WARNING"  # noqa: F405
# Each test client sets the middleware up: it looks a static file up when one is asked for, not all of them before.
WHITENOISE_AUTOREFRESH = True

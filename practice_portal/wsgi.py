"""The door for a WSGI server; `make serve` opens it with granian."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "practice_portal.settings")

application = get_wsgi_application()

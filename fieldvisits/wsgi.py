"""What a web server such as gunicorn runs: gunicorn fieldvisits.wsgi"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fieldvisits.settings")

application = get_wsgi_application()

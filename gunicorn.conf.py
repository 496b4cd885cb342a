"""How gunicorn serves an installation: gunicorn fieldvisits.wsgi (WEB_CONCURRENCY says how many workers)."""

preload_app = True  # a bad setting stops the start once, with its sentence, rather than in every worker
accesslog = None  # each request has its line in the site's own log, where secrets are removed

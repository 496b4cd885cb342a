"""How gunicorn serves an installation: gunicorn fieldvisits.wsgi (WEB_CONCURRENCY says how many workers)."""

preload_app = True  # a bad setting stops the start once, with its sentence, rather than in every worker
worker_class = "gthread"  # the default is stopped after 30 seconds, in the midst of a slow upload too
threads = 8  # of each worker, so that slow uploads do not keep others waiting
control_socket_disable = True  # it would lie outside VAR_DIR
accesslog = None  # each request has its line in the site's own log, where secrets are removed

"""gunicorn's configuration: PORT and WEB_CONCURRENCY from the environment."""

import os

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
accesslog = None
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")

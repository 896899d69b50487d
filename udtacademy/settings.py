"""Settings. Those that differ between machines are read from the environment, at the top.

On a development machine, `make run` and manage.py set missing variables (udtacademy/devtools/embedded/). docs/operators.md
lists all variables.
"""

from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import EnvError, FileAwareEnv, validate

from udtacademy.accounts.openid_connect.configuration import openid_providers
from udtacademy.meeting_platforms import meeting_platforms
from udtacademy.outbox.configuration import mail_settings

BASE_DIR = Path(__file__).resolve().parent.parent

django_stubs_ext.monkeypatch()

ADMIN_PATHS = r"(admin|(?=[^_]*_)[a-z0-9_-]{2,50})\Z"  # slugs of editions have no underscore
ADMIN_PATHS_ARE = "ADMIN_PATH must be admin, or lower-case letters, digits, hyphens and at least one underscore."

env = FileAwareEnv()  # NAME_FILE may name a file with the value, for secrets of containers
try:
    DEBUG = env.bool("DEBUG", False)
    SECRET_KEY = env.str("SECRET_KEY")
    SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])  # still valid for signatures and decryption
    DATABASES = {"default": env.dj_db_url("DATABASE_URL", conn_max_age=60, conn_health_checks=True)}
    REDIS_URL = env.str("REDIS_URL")
    SITE_URL = env.str("SITE_URL", f"http://127.0.0.1:{env.str('PORT', '8000')}").rstrip("/")
    ALLOWED_HOSTS = [urlsplit(SITE_URL).hostname or "", *env.list("ALLOWED_HOSTS", [])]
    DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "UDT Academy <academy@localhost>")
    EMAIL = env.dj_email_url("EMAIL_URL", "dummy://") if DEBUG else env.dj_email_url("EMAIL_URL")
    MAIL = mail_settings(env)  # where it comes back to, and its signature
    EMAIL_SMTPUTF8 = env.bool("EMAIL_SMTPUTF8", False)  # whether the mail server delivers to addresses such as ünal@…
    PEOPLE_PER_ADDRESS = env.int("PEOPLE_PER_ADDRESS", 500, validate=validate.Range(min=10))  # as on a venue's Wi-Fi
    OPENID_CONNECT_PROVIDERS = openid_providers(env.json("OPENID_CONNECT_PROVIDERS", []))
    MEETING_PLATFORMS = meeting_platforms(env, SITE_URL)  # who report live who is in a meeting
    STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", not DEBUG)
    SENTRY_DSN = env.str("SENTRY_DSN", "")
    METRICS_TOKEN = env.str("METRICS_TOKEN", "").strip()  # for Prometheus; without it /metrics is off
    LOG_FORMAT = env.str("LOG_FORMAT", "plain" if DEBUG else "json", validate=validate.OneOf(["json", "plain"]))
    ADMIN_PATH = env.str("ADMIN_PATH", "admin", validate=validate.Regexp(ADMIN_PATHS, error=ADMIN_PATHS_ARE))
    DEMO = env.bool("DEMO", False)  # one-click sign-in as the demo people; a check refuses it without DEBUG
    UNMATCHED_KEPT_DAYS = env.int("UNMATCHED_KEPT_DAYS", 30)  # then unmatched people in meeting reports are deleted
    MESSAGES_KEPT_DAYS = env.int("MESSAGES_KEPT_DAYS", 365)  # then their text is removed
    MESSAGE_LEASE_SECONDS = env.float("MESSAGE_LEASE_SECONDS", 150.0)  # then a dead worker's emails are tried again
    ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0, validate=validate.Range(min=0))
    HSTS = env.str("HSTS", "host", validate=validate.OneOf(["host", "subdomains", "preload"]))
except EnvError as error:
    raise ImproperlyConfigured(
        f"{error} - See docs/operators.md for the variables. On a development machine, `make run` and manage.py set them."
    ) from error

ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]  # for health checks on the same machine

# Applications

INSTALLED_APPS = [
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "udtacademy.accounts",
    "udtacademy.outbox",
    "attendance",
    "programme",
    "udtacademy",
    "udtacademy.admin.apps.AcademyAdminConfig",  # django.contrib.admin with our own site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django_htmx",
    "pghistory",
    "pgtrigger",
]
MIDDLEWARE = [
    "udtacademy.http.request_log.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "udtacademy.http.security_policy.SecurityPolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "udtacademy.http.encodings.RefusedGzipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # its files are already compressed
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "udtacademy.http.error_pages.ErrorPageMiddleware",
    "udtacademy.http.parameters.ParameterMiddleware",
    "udtacademy.http.sending_again.SendingAgainMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "udtacademy.http.error_pages.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "udtacademy.http.error_pages.HistoryMiddleware",
    "udtacademy.http.flash_messages.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "udtacademy.accounts.sign_in.KnownAddressMiddleware",
    "udtacademy.accounts.sign_in.SecondFactorMiddleware",
    "udtacademy.accounts.sign_in.InvalidFormMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "udtacademy.urls"
WSGI_APPLICATION = "udtacademy.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Data

DATABASES["default"]["OPTIONS"] = (
    {
        "connect_timeout": 3,
        "keepalives_idle": 30,  # seconds; a database that is gone is noticed after a minute, as a client is by it (bin/start)
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }
    | DATABASES["default"].get("OPTIONS", {})
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    name: {
        "BACKEND": backend,
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "udtacademy",
        "OPTIONS": {"socket_timeout": timeout, "socket_connect_timeout": timeout},
    }
    for name, backend, timeout in [  # seconds; most pages read a session, and work without Redis
        ("default", "udtacademy.redis_cache.RedisCache", 2),
        ("sessions", "udtacademy.accounts.sessions.SessionCache", 0.2),
    ]
} | {
    "kept": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 500}},
    "openid": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "openid"},
}  # page_cache.py, and what providers answered (metadata.py)

PGHISTORY_MIDDLEWARE_METHODS = ["POST"]  # other methods change nothing, except coming back from an OpenID provider

# People

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

AUTHENTICATION_BACKENDS = ["udtacademy.accounts.backend.Backend"]
LOGIN_URL = "account_request_login_code"
LOGIN_REDIRECT_URL = "programme:portal-home"
LOGOUT_REDIRECT_URL = "/"
SESSION_ENGINE = "udtacademy.accounts.sessions"  # cached_db, with names hashed and contents encrypted
SESSION_CACHE_ALIAS = "sessions"
SESSION_COOKIE_AGE = 14 * 24 * 60 * 60  # seconds

ACCOUNT_ADAPTER = "udtacademy.accounts.sign_in.AccountAdapter"
ACCOUNT_FORMS = {
    "add_email": "udtacademy.accounts.forms.sign_in.AddEmailForm",
    "login": "udtacademy.accounts.forms.sign_in.LoginForm",
    "request_login_code": "udtacademy.accounts.forms.sign_in.RequestLoginCodeForm",
    "reset_password": "udtacademy.accounts.forms.sign_in.ResetPasswordForm",
    # Guesses are counted before they are compared (udtacademy/accounts/attempts.py):
    "change_password": "udtacademy.accounts.forms.guesses.ChangePasswordForm",
    "confirm_email_verification_code": "udtacademy.accounts.forms.guesses.ConfirmEmailVerificationCodeForm",
    "confirm_login_code": "udtacademy.accounts.forms.guesses.ConfirmLoginCodeForm",
    "confirm_password_reset_code": "udtacademy.accounts.forms.guesses.ConfirmPasswordResetCodeForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]  # the password is optional
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60  # seconds; emails may be slow
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 2  # times
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = 2  # times
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60  # seconds
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# allauth counts nothing. Guesses are counted in udtacademy/accounts/attempts.py, requests in udtacademy/http/rate_limits.py.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
SOCIALACCOUNT_ADAPTER = "udtacademy.accounts.openid_connect.adapter.ConnectionAdapter"
MFA_FORMS = {
    "activate_totp": "udtacademy.accounts.forms.guesses.ActivateTOTPForm",
    "authenticate": "udtacademy.accounts.forms.guesses.AuthenticateForm",
    "reauthenticate": "udtacademy.accounts.forms.guesses.ReauthenticateForm",
}
MFA_ADAPTER = "udtacademy.accounts.second_factors.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "UDT Academy"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
USERSESSIONS_TRACK_ACTIVITY = False  # reading a page writes nothing

# Email: queued in the database (udtacademy/outbox/), delivered by the worker

OUTBOX_CONTEXT_MODEL = "programme.Edition"  # the model that `Message.context` refers to

EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = EMAIL["EMAIL_HOST"], EMAIL["EMAIL_PORT"]
EMAIL_HOST_USER = EMAIL["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL["EMAIL_USE_TLS"], EMAIL["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 20  # seconds for each reply; a message needs four, well within MESSAGE_LEASE_SECONDS

# Language and time: stored in UTC, shown in the edition's zone

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
FORMAT_MODULE_PATH = ["udtacademy.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

# Static files

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "udtacademy.http.style_sheets.StyleSheetFinder",
]
MEDIA_ROOT = env.path("MEDIA_ROOT", BASE_DIR / ("var/media" if DEBUG else "media"))
STORAGES = {
    "default": {"BACKEND": "udtacademy.db.stored_files.PrivateStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}

# Uploads stay in memory until they are stored, so that a full or missing temporary folder does not matter.
LARGEST_REQUEST = 6 * 2**20  # bytes; a meeting report may have 5 MB
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6000  # the programme table has twelve for each session
FILE_UPLOAD_MAX_MEMORY_SIZE = 26 * 2**20  # what some paths take (udtacademy/http/request_sizes.py)
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# Celery: the database is the truth, the broker only speeds things up

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 2}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "udtacademy"  # others may use the same Redis
CELERY_TASK_ROUTES = {"outbox.deliver_messages": {"queue": "udtacademy-mail"}}  # the mailer's, so that codes never wait
# In memory, so that nothing is stored on disk. Daily tasks have an hour of the day, as intervals start again with each start.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {  # a task not started within `expires` seconds is dropped
    task: {"task": task, "schedule": schedule, "options": {"expires": expires}}
    for task, schedule, expires in [  # interval in seconds, or time in UTC
        ("outbox.deliver_messages", 15.0, 15),
        *((it, 15.0, 15) for it in ("accounts.tell_of_guesses", "attendance.read_events", "attendance.poll_meetings")),
        *((f"programme.{it}", 60.0, 60) for it in ("serve_waiting_lists", "follow_changes", "send_campaigns")),
        *((f"attendance.{it}", 60.0, 60) for it in ("send_reminders", "make_certificates", "make_certificate_files")),
        ("outbox.read_returned_mail", 120.0, 120),
        *((f"attendance.{it}", 300.0, 300) for it in ("send_chasers", "make_ways_in", "pull_reports", "seal_records")),
        ("attendance.send_digests", 900.0, 900),
        *((f"programme.{task}", 900.0, 900) for task in ("remind_invited", "ask_who_comes", "tell_applicants")),
        ("udtacademy.encrypt_secrets", crontab(minute="20"), 3600),
        ("outbox.empty_messages", crontab(hour="3", minute="10"), 3600),
        ("attendance.delete_unmatched_people", crontab(hour="3", minute="20"), 3600),
        *((f"programme.{it}", crontab("5", "7"), 3600) for it in ("delete_due_answers", "remind_of_questions")),
        ("accounts.clear_sessions", crontab(hour="3", minute="30"), 3600),
    ]
}

# Security

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        **{f"{kind}-src": [SELF] for kind in ["script", "style", "img", "font", "connect", "manifest", "worker"]},
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "report-uri": ["/csp-report"],
    },
}
CSRF_FAILURE_VIEW = "udtacademy.http.error_pages.csrf_failure"
X_FRAME_OPTIONS = "DENY"
IS_SECURE_SITE = SITE_URL.startswith("https://")
SECURE_SSL_REDIRECT = IS_SECURE_SITE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_SECURE_SITE else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # requested without the proxy
SECURE_HSTS_SECONDS = 31_536_000 if IS_SECURE_SITE else 0
# Only of this host by default: the other values bind every host of the domain for a year or longer.
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_SECURE_SITE and HSTS in {"subdomains", "preload"}
SECURE_HSTS_PRELOAD = IS_SECURE_SITE and HSTS == "preload"
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # they ask for subdomains and preload
SESSION_COOKIE_SECURE = IS_SECURE_SITE
CSRF_COOKIE_SECURE = IS_SECURE_SITE
if IS_SECURE_SITE:  # browsers accept these names only from this host, and only if secure
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
PERMISSIONS_POLICY: dict[str, str | list[str]] = {
    "camera": "self",  # check-in scans badges
    "publickey-credentials-create": "self",  # passkeys
    "publickey-credentials-get": "self",
    **{key: [] for key in ["accelerometer", "autoplay", "display-capture", "geolocation", "gyroscope"]},
    **{key: [] for key in ["microphone", "midi", "payment", "usb"]},
}
CSRF_TRUSTED_ORIGINS = [SITE_URL]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "udtacademy.monitoring.logs.RequestFilter"}},
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "json": {
            "()": "udtacademy.monitoring.logs.ImpersonalJsonFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
            "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
            "json_ensure_ascii": False,
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["request"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"level": "ERROR"},  # pages not found are counted by route instead
        "udtacademy.http.request_log": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # anybody can cause it
    },
}

if SENTRY_DSN:
    from udtacademy.monitoring.sentry import start

    start(SENTRY_DSN)

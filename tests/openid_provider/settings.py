"""The settings of the provider: a Django site whose database is in memory."""

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": "file:provider?mode=memory&cache=shared",
        "OPTIONS": {"uri": True},
    }
}
IDP_OIDC_ADAPTER = "tests.openid_provider.site.Adapter"
IDP_OIDC_PRIVATE_KEY = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)
INSTALLED_APPS = [
    *("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"),
    *("allauth", "allauth.account", "allauth.idp.oidc"),
]
LOGIN_URL = "/sign-in/"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tests.openid_provider.site.PersonMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick
ROOT_URLCONF = "tests.openid_provider.site"
SECRET_KEY = "only-for-tests-" + "x" * 40
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = (
    "provider_session",
    "provider_csrftoken",
)  # cookies of a host are those of all its ports
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

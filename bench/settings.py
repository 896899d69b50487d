"""The site's settings, with two bare views beside its pages."""

from udtacademy.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"

"""The site's settings, with two more views to compare with."""

from udtacademy.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"

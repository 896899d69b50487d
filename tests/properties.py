"""How many examples Hypothesis tries: some in each run, always others, and ten times as many in `make nightly`."""

import os

from hypothesis import settings

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "academy")


def examples(n):
    """Return how many to try of a property for which `n` say in one run what there is to say."""
    return 10 * n if PROFILE == "nightly" else n


# Without a deadline: a busy machine is no mistake of ours.
settings.register_profile("academy", deadline=None, max_examples=40)
settings.register_profile("nightly", deadline=None, max_examples=600, print_blob=True)


def load_profile():
    settings.load_profile(PROFILE)

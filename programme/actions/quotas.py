"""Whether a delegation can register more people."""

from django.utils.translation import ngettext

from programme.errors import DelegationFullError
from programme.models import Delegation


def check_quota(delegation: Delegation, n_people: int = 1) -> None:
    """Raise DelegationFullError if the delegation, which is locked, cannot register `n_people` more."""
    n_free = delegation.quota - delegation.participants.registered().count()
    if n_free >= n_people:
        return
    if n_free > 0:
        text = ngettext(
            "%(city)s can register only %(n)s more person.", "%(city)s can register only %(n)s more people.", n_free
        )
        raise DelegationFullError(text % {"n": n_free, "city": delegation.city})
    n = delegation.quota
    text = ngettext(
        "%(city)s has already registered the %(n)s person its quota allows.",
        "%(city)s has already registered the %(n)s people its quota allows.",
        n,
    )
    raise DelegationFullError(text % {"n": n, "city": delegation.city})

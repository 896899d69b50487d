"""The layouts of certificates."""

from programme.models import CertificateLayout, Edition


def layout_of(edition: Edition) -> CertificateLayout:
    """Return the layout of an edition's certificates, unsaved if it has none of its own. One query."""
    return CertificateLayout.objects.filter(edition=edition).first() or CertificateLayout(edition=edition)

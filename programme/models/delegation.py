import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name
from django.db import models
from django.utils.translation import gettext_lazy as _

from programme.models.city import City
from programme.models.counts import count_of
from programme.models.edition import Edition
from programme.models.plain_name_triggers import renews_plain_names
from programme.rules.registrations import PUBLIC_DOMAINS
from programme.triggers import keeps_quota_of_those_registered
from udtacademy.db.address_fields import AddressField, DomainField, DomainsField
from udtacademy.db.addresses import ascii_domain, normalised_domain, typed_domain
from udtacademy.db.fields import validate_name
from udtacademy.db.history import tracked

if TYPE_CHECKING:
    from programme.models.participant import Participant


def validate_city_domains(domains: Iterable[str]) -> None:
    """Raise ValidationError for top-level domains and those of public email providers."""
    wrong = [domain for domain in domains if not is_city_domain(domain)]
    if wrong:
        raise ValidationError(
            _("Enter domains that belong to the city, such as city.example. These do not: %(domains)s."),
            params={"domains": ", ".join(wrong)},
        )


def is_city_domain(domain: str) -> bool:
    domain = normalised_domain(domain)
    try:
        validate_domain_name(ascii_domain(domain))
    except (ValidationError, UnicodeError):
        return False
    return "." in domain and domain not in PUBLIC_DOMAINS


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def with_counts(self) -> Self:
        """Annotate with n_registered, n_pending and n_waiting participants, in one query.

        `n_claims`: those waiting, and those whose turn has come and who wait for approval.
        """
        return self.annotate(
            n_registered=count_of("programme.Participant", "delegation", state="registered"),
            n_pending=count_of("programme.Participant", "delegation", state="pending"),
            n_waiting=count_of("programme.Participant", "delegation", state="waiting"),
            n_claims=count_of("programme.Participant", "delegation", waiting_number__isnull=False),
        )


@tracked()
class Delegation(models.Model):
    """One city's team in one edition. A database trigger keeps its registered participants within the quota."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="delegations", verbose_name=_("edition"))
    city = models.ForeignKey(City, models.PROTECT, related_name="delegations", verbose_name=_("city"))
    quota = models.PositiveSmallIntegerField(
        _("quota"),
        default=3,
        help_text=_(
            "How many people the city can register. If you raise it, the first on the waiting list are registered."
        ),
    )
    coordinator_name = models.CharField(
        _("coordinator's name"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        validators=[validate_name],
        help_text=_("For the invitation, until they register."),
    )
    coordinator_email = AddressField(
        _("coordinator's email address"),
        blank=True,
        help_text=_("The person to invite first, who then invites their colleagues."),
    )
    email_domains = DomainsField(
        DomainField(max_length=253),
        verbose_name=_("email domains"),
        default=list,
        blank=True,
        validators=[validate_city_domains],
        help_text=_(
            "The city's own domains, separated by commas, for example city.example. People with an email address there"
            " need no approval."
        ),
    )

    # Set by `with_counts`
    n_registered: int
    n_pending: int
    n_waiting: int
    n_claims: int

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ["edition", "city"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "city"],
                name="delegation_unique_city_in_edition",
                violation_error_message=_("This city already has a delegation in this edition."),
            ),
            models.CheckConstraint(
                condition=models.Q(quota__gte=1),
                name="delegation_quota_is_positive",
                violation_error_message=_("Enter a quota of at least 1."),
            ),
            models.UniqueConstraint(
                fields=["id", "edition"], name="delegation_with_edition"
            ),  # what participants refer to
        ]
        triggers = [
            keeps_quota_of_those_registered(),
            renews_plain_names(fields=["city"], where="delegation_id = NEW.id"),
        ]

    def __str__(self) -> str:
        return str(self.city)

    def clean(self) -> None:
        super().clean()
        self.email_domains = list(dict.fromkeys(map(typed_domain, self.email_domains)))
        if self.pk and self.quota is not None and self.quota < self.participants.registered().count():
            raise ValidationError(
                {
                    "quota": _(
                        "More people than this are registered. Withdraw some of them first, or enter a higher quota."
                    )
                }
            )

    def coordinator(self) -> "Participant | None":
        """Return the coordinator, or the first of several."""
        return self.participants.coordinating().select_related("user").first()


def expiry(now: dt.datetime, edition: Edition) -> dt.datetime:
    """Return when a new invitation expires: 30 days from now or from the opening of registration, whichever is later,
    but no later than registration closes.
    """
    later = max(now, edition.registration_opens_at or now) + dt.timedelta(days=30)
    return min(later, edition.registration_closes_at) if edition.registration_closes_at else later

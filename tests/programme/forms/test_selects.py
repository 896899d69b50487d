import datetime as dt

import pytest
import time_machine
from django import forms
from django.test.html import parse_html
from django.utils import timezone

from programme.forms.answers import RegistrationForm
from programme.forms.selects import CachedSelect, html_of
from programme.forms.zones import zone_choices
from programme.queries.published_programme import published_programme
from programme.queries.quotas import COUNTED_FOR, full_delegations
from tests.factories.people import DelegationFactory, ParticipantFactory

CHOICES = [("", "Choose"), ("a&b", "A & <b>"), ("Group “x”", [("1", "One"), (2, "Two")])]


def select_of(widget, choices, chosen):
    field = forms.ChoiceField(choices=choices, widget=widget)
    return type("Form", (forms.Form,), {"it": field})(initial={"it": chosen})["it"]


@pytest.mark.parametrize("chosen", ["", None, "a&b", "1", 2, "unknown"])
def test_a_cached_select_is_what_django_renders(chosen):
    cached, usual = (str(select_of(it, CHOICES, chosen)) for it in (CachedSelect, forms.Select))

    assert parse_html(cached) == parse_html(usual)


def test_the_zones_are_rendered_once():
    str(select_of(CachedSelect, zone_choices, "Europe/Madrid"))
    n_before = html_of.cache_info().misses

    assert '<option value="Europe/Paris" selected>' in str(select_of(CachedSelect, zone_choices, "Europe/Paris"))
    assert html_of.cache_info().misses == n_before


@pytest.mark.django_db
@time_machine.travel(timezone.now(), tick=False)
def test_the_cities_are_as_they_are_now(open_edition, delegation, django_assert_num_queries):
    shown = str(RegistrationForm(programme=published_programme(open_edition.slug), delegation=None)["delegation"])
    other = DelegationFactory(edition=open_edition)

    form = RegistrationForm(
        programme=published_programme(open_edition.slug), delegation=None, initial={"delegation": other.pk}
    )

    with django_assert_num_queries(1):
        html = str(form["delegation"])
    assert f'<option value="{other.pk}" selected>{other.city.name} (Spain)</option>' in html
    assert f'<option value="{delegation.pk}">{delegation.city.name} (Spain)</option>' in shown
    assert other.city.name not in shown


def cities_in(edition, email="", **initial):
    form = RegistrationForm(programme=published_programme(edition.slug), delegation=None, email=email, initial=initial)
    return form, form["delegation"].value()


@pytest.mark.django_db
def test_cities_are_in_the_order_of_the_alphabet_and_countries_have_names(open_edition):
    for name, country in [("Faro", "PT"), ("Évora", "PT"), ("Espoo", "FI"), ("évreux", "FR")]:
        DelegationFactory(edition=open_edition, city__name=name, city__country=country)

    form, _chosen = cities_in(open_edition)

    assert [label for _pk, label in form.fields["delegation"].choices][1:] == [
        "Espoo (Finland)",
        "Évora (Portugal)",
        "évreux (France)",
        "Faro (Portugal)",
    ]


@pytest.mark.django_db
@time_machine.travel(timezone.now(), tick=False)
def test_the_city_of_the_confirmed_domain_is_preselected_if_there_is_one(open_edition, django_assert_num_queries):
    girona = DelegationFactory(edition=open_edition, email_domains=["girona.example"])
    other = DelegationFactory(edition=open_edition, email_domains=["county.example"])
    DelegationFactory(edition=open_edition, email_domains=["county.example"])
    assert published_programme(open_edition.slug).questions  # read once for all
    assert full_delegations(open_edition) == frozenset()  # as above

    with django_assert_num_queries(2):  # the edition's state; the cities
        form, chosen = cities_in(open_edition, "ana@it.girona.example", delegation="")
        str(form["delegation"])

    assert chosen == girona.pk
    assert cities_in(open_edition, "ana@girona.example", delegation=other.pk)[1] == other.pk
    for email in ("ana@agirona.example", "ana@county.example", "ana@gmail.com"):
        assert cities_in(open_edition, email)[1] is None


@pytest.mark.django_db
def test_a_full_city_is_told_before_it_is_chosen(open_edition, delegation):
    ParticipantFactory.create_batch(delegation.quota, delegation=delegation)
    other = DelegationFactory(edition=open_edition)

    form, _chosen = cities_in(open_edition)
    labels = dict(form.fields["delegation"].choices)

    assert labels[delegation.pk] == f"{delegation.city.name} (Spain) – full: you join the waiting list"
    assert labels[other.pk] == f"{other.city.name} (Spain)"


@pytest.mark.django_db
@time_machine.travel(timezone.now(), tick=False)
def test_full_cities_are_counted_again_after_some_seconds(open_edition, delegation):
    before = full_delegations(open_edition)
    ParticipantFactory.create_batch(delegation.quota, delegation=delegation)
    meanwhile = full_delegations(open_edition)

    with time_machine.travel(timezone.now() + dt.timedelta(seconds=COUNTED_FOR), tick=False):
        later = full_delegations(open_edition)

    assert [before, meanwhile, later] == [set(), set(), {delegation.pk}]


@pytest.mark.django_db
def test_zones_have_their_present_names_and_an_older_one_stays(open_edition):
    programme = published_programme(open_edition.slug)

    names = {name for _region, zones in zone_choices() for name, _label in zones}
    form = RegistrationForm(programme=programme, delegation=None, initial={"time_zone": "Europe/Kiev"})

    assert {"Europe/Kyiv", "Europe/Madrid", "Europe/Oslo"} <= names
    assert not {"Europe/Kiev", "Australia/ACT", "Brazil/DeNoronha", "Etc/UTC"} & names
    assert '<option value="Europe/Kiev" selected>' in str(form["time_zone"])
    assert form.fields["time_zone"].clean("Europe/Kiev") == "Europe/Kiev"

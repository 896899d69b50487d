import pytest
from django import forms
from django.test.html import parse_html

from programme.forms.answers import RegistrationForm, zone_choices
from programme.forms.selects import CachedSelect, html_of
from programme.queries.published_programme import published_programme
from tests.factories.people import DelegationFactory

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
def test_the_cities_are_as_they_are_now(open_edition, delegation, django_assert_num_queries):
    shown = str(RegistrationForm(programme=published_programme(open_edition.slug), delegation=None)["delegation"])
    other = DelegationFactory(edition=open_edition)

    form = RegistrationForm(
        programme=published_programme(open_edition.slug), delegation=None, initial={"delegation": other.pk}
    )

    with django_assert_num_queries(1):
        html = str(form["delegation"])
    assert f'<option value="{other.pk}" selected>{other.city}</option>' in html
    assert f'<option value="{delegation.pk}">{delegation.city}</option>' in shown
    assert str(other.city) not in shown

"""The time zone on the profile: required, so never shown as another one than it is."""

import pytest

from programme.forms.answers import ProfileForm, answers_of
from programme.queries.published_programme import published_programme


@pytest.mark.parametrize("stored", ["", "Mars/Olympus_Mons"])
@pytest.mark.parametrize("of_edition", ["Europe/Madrid", "Europe/Kiev"])
def test_without_one_that_is_known_it_is_the_editions(coordinator, open_edition, stored, of_edition):
    open_edition.time_zone = of_edition
    open_edition.save()
    coordinator.user.time_zone = stored

    programme = published_programme(open_edition.slug)
    form = ProfileForm(None, programme=programme, participant=coordinator, initial=answers_of(coordinator))

    assert f'<option value="{of_edition}" selected>' in str(form["time_zone"])

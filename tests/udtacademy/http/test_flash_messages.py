from django.urls import reverse

CHANGED = "This is your new link"


def test_a_head_request_leaves_the_messages_for_the_page(client, participant):
    """Programs that check links ask by HEAD."""
    client.force_login(participant.user)
    slug = participant.edition.slug
    portal = reverse("programme:portal", args=[slug])
    client.post(reverse("programme:own-calendar-renew", args=[slug]))

    client.head(portal)

    assert CHANGED in client.get(portal).content.decode()
    assert CHANGED not in client.get(portal).content.decode()

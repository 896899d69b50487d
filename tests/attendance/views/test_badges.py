from attendance.personal_links import badges


def test_a_badge_has_a_code_and_no_name_in_it(client, ana):
    client.force_login(ana.user)

    body = client.get("/me/academy/badge/").content.decode()

    assert badges.code_of(ana) in body
    assert "<svg" in body
    assert "Ana" not in badges.badge_url(ana)


def test_a_stranger_has_no_badge(client, ana, stranger):
    client.force_login(stranger)

    assert client.get("/me/academy/badge/").status_code == 404

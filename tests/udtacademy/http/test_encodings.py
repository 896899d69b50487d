import gzip

import pytest


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [
        ("gzip", True),
        ("br;q=0, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("GZIP ; q=0.000, identity", False),
        ("identity", False),
    ],
)
@pytest.mark.parametrize("path", ["/editions/", "/academy/", "/academy/programme.ics"])
def test_gzip_is_sent_to_those_who_accept_it(client, open_edition, path, accepted, is_compressed):
    plain = client.get(path)

    response = client.get(path, headers={"Accept-Encoding": accepted})

    assert (response.headers.get("Content-Encoding") == "gzip") is is_compressed
    assert (gzip.decompress(response.content) if is_compressed else response.content) == plain.content
    assert "Accept-Encoding" in response.headers["Vary"]

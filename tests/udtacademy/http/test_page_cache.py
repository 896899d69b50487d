import gzip

import pytest
from django.http import HttpResponse

from udtacademy.http.page_cache import completed

KEPT = b"<p>Lab <!-- seat 7 --></p><p>Visit <!-- seat 71 --></p>"


@pytest.mark.parametrize("is_compressed", [False, True])
def test_a_kept_page_is_completed_with_the_parts_of_one_person_and_without_other_marks(is_compressed):
    headers = {"Content-Encoding": "gzip"} if is_compressed else {}
    kept = HttpResponse(gzip.compress(KEPT) if is_compressed else KEPT, headers=headers)

    response = completed(kept, {"<!-- seat 7 -->": "Your seat"})

    content = gzip.decompress(response.content) if is_compressed else response.content
    assert content == b"<p>Lab Your seat</p><p>Visit </p>"
    assert response.headers.get("Content-Encoding") == headers.get("Content-Encoding")

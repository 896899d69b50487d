import pytest
from django.core.cache import cache

from tests.threads import in_threads


def test_counts_begin_at_one_and_are_kept_for_a_while():
    assert cache.count(["door", "desk"], 60) == [1, 1]
    assert cache.count(["door"], 60) == [2]
    assert 0 < cache._cache.get_client(write=True).ttl(cache.make_key("door")) <= 60


def test_counts_at_once_are_all_different():
    counts = in_threads([lambda: cache.count(["rush"], 60)[0]] * 8)

    assert sorted(counts) == list(range(1, 9))


@pytest.mark.parametrize("write", [True, False])
def test_commands_share_one_client(write):
    assert cache._cache.get_client(write=write) is cache._cache.get_client()

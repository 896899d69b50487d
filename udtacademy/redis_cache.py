"""Django's Redis cache with two changes that each request with a limit or a session pays for."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast

from django.core.cache.backends import redis


class RedisClient(redis.RedisCacheClient):
    def get_client(self, key: Any = None, *, write: bool = False) -> Any:  # noqa: ARG002 - Django's signature
        """Return the one client for the one server. Django makes a new client for each command: 0.15 ms of CPU."""
        return self._kept_client

    @cached_property
    def _kept_client(self) -> Any:
        return super().get_client(write=True)

    def count(self, keys: Sequence[str], timeout: int) -> list[int]:
        """Add one to each number, 0 before. Return them. They are kept for `timeout` seconds. One request."""
        with self._kept_client.pipeline(transaction=False) as commands:
            for key in keys:
                commands.incr(key).expire(key, timeout)
            return list(commands.execute()[::2])


class RedisCache(redis.RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = RedisClient

    def count(self, keys: Sequence[str], timeout: int) -> list[int]:
        """Add one to each number, 0 before. Return them. They are kept for `timeout` seconds. One request."""
        client = cast("RedisClient", self._cache)
        return client.count([self.make_and_validate_key(key) for key in keys], timeout)

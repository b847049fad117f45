"""Sessions in Redis or Valkey; the only place that imports redis-py."""

from .store import RedisStore

__all__ = ["RedisStore"]

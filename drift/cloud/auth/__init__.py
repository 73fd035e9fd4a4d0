"""The methods of authentication, one module each, as `httpx.Auth` flows that open nothing themselves."""

__all__ = ("base", "cache")

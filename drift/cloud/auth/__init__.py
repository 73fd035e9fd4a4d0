"""The ways to sign in, one module each, as `httpx.Auth` flows that open nothing themselves."""

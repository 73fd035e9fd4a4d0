"""The commands, one module each: `drift verify-store` is `verify_store.verify_store_command`."""

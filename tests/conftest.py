from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "drift", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("drift")

"""What is new since somebody was notified, and the channels to notify them by.

Opens sockets through `cloud`, to mail servers, and through Apprise. Takes reports and gives notifications: the
transitions since the last one, the message that says them, and a sender for each channel of drift.toml.
"""

__all__ = ("channels", "delivery", "message", "open_items", "origins", "outbox", "texts", "transitions")

"""What is new since somebody was notified, and the channels to notify them by. Opens sockets through `cloud` alone."""

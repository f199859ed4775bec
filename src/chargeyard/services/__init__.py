"""The use cases, written against the ports in `ports`; no SQL, no OCPP, no sockets."""

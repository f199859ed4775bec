"""The sockets of charge points: listeners, handshakes, connections and sessions."""

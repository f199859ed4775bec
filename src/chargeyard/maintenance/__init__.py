"""What runs by the clock: retention, expiry, relays and renewals."""

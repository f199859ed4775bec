"""The wire: OCPP-J frames, typed messages and one end of a conversation, without any I/O."""

"""Simulated OCPP 1.6 charge points and vehicles, one or ten thousand, for demos, tests and load.

`charge_point` is sans-I/O (texts and time in, texts out), with one module per noun around it; `vehicle` is the
physics; `behaviours` are the people; `link` is the socket; `fleet` runs many. Nothing of the central system is
imported but `ocpp`: what both share is the wire, so a fault of the one cannot be hidden by the other.
"""

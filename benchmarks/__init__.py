"""How fast, how small, how sure: `python -m benchmarks [name …] [--database KINDS] [--quick] [--write]`.

Every benchmark runs the server and the load as processes of their own, on a core each, and puts its peers and
its floor into the same run: the machine decides the figures, so only the ratios mean anything.
"""

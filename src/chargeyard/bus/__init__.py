"""What travels between nodes: subjects, envelopes and the back ends that carry them."""

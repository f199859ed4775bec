"""SQL: the journal, the projections and the queries; the only folder that says SELECT."""

"""Taking over what another system, or a table, knows of charge points, id tokens and transactions."""

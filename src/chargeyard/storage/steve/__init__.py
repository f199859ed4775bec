"""SteVe's database, read only: MySQL or MariaDB, since SteVe 3 (its tables are those of its public migrations)."""

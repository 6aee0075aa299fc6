"""Running all parts on one machine: embedded PostgreSQL and Valkey, the process manager, pid files, leftovers."""

"""Settings, database, outbox of facts, jobs, people, clock, logs and errors: what every room stands on."""

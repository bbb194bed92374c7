"""The pages of the dashboard, one room each: what is asked of the ledger and which template shows it."""

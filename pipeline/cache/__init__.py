"""What was read and made before, kept beside the ledger. To lose it costs time and nothing else."""

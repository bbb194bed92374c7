"""The schedule: what is due when, who does it, and a loop that survives every job."""

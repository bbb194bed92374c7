"""Who does the work: this process, others on this machine, or a Dask cluster."""

"""What `leopard preview` answers: any record as each channel would publish it, on this machine alone."""

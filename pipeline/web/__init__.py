"""What `leopard serve` answers on the web."""

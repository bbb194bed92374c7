"""The formats of newsfeeds, and what is remembered of them."""

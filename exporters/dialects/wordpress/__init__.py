"""WordPress: block markup, terms and meta, and the calls that carry them."""

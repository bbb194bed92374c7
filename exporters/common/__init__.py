"""What exporters share: links, licences, words of the standards, documents written as a whole."""

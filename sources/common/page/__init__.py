"""A web page as a row of lines, and what it is made of: what copied and saved pages share."""

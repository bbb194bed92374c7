"""Copies of tables with what is wrong beside each row, to be corrected and read again."""

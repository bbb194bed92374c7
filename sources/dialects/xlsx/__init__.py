"""What a workbook file is made of."""

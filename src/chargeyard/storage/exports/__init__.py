"""What leaves the database for spreadsheets and analysis: tables of plain columns, page by page."""

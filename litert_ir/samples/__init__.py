"""Samples that users give: their files, forms, rows and sizes; and random ones."""

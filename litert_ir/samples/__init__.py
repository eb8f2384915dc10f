"""Read samples that users give: their files, forms, rows and sizes; and draw random ones."""

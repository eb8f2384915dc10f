"""Write sample code that runs a LiteRT file: in Python, Kotlin and Swift."""

"""Write a LiteRT file from its skeleton, one weight at a time: layout and payloads."""

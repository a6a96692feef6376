"""Arrow streams, hashes and identifiers: columns of bytes and what is summed over them."""

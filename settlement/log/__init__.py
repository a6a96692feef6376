"""The signed log of a home: journal, Merkle tree, signatures, what came in and what was removed."""

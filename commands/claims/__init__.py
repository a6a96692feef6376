"""Commands of carriers' claims: declarations, variances and samples."""

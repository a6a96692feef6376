"""What a signed period is corrected by: the difference of two runs, line by line, with causes."""

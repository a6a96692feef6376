"""Files of a bucket: blocks, slices and how columns are coded."""

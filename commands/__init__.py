"""The commands of the line, one file each: parse, call, print."""

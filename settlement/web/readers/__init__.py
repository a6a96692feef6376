"""What a reader or a carrier may see: its own file, without lines and without few persons."""

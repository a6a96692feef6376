"""What `import doisoat` gives: a home as one object, tariffs, and events rated as frames."""

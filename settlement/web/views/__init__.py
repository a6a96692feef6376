"""What all views of the page are made of; and the views that have a file of their own."""

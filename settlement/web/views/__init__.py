"""Views of the page: what each is made of, and single ones that lie in a file of their own."""

"""The auditor's page: who may look, what each sees, and a server that cannot be hurt by asking."""

"""How the shipped weights were made. Needs the `dev` extra; nothing here is imported at run time."""

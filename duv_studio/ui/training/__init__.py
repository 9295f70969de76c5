"""Training in the window: the session, its worker, and what shows that it goes on."""

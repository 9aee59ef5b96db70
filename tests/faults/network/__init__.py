"""What networks do to the lines between the gateway and its backends, and how soon all is well again."""

"""What is learned of the sensors of one site, over several nights."""

"""What the service knows: approved answers, how to find them, and the lists that keep farmers safe."""

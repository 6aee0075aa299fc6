"""The bot: train, run and measure the Rasa server that understands farmers."""

"""The bot's actions: validate the forms, turn slots into effects."""

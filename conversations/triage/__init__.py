"""Safety before anything else: rules that recognise danger, and the fixed words that answer it (design §7)."""

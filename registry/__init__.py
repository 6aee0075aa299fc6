"""Who can help and where: experts, regions and their local numbers."""

"""Filed needs (需求): filing, review and follow-up."""

"""Each file speaks one platform, and only chat; it knows nothing of governance, the bot or SQL."""

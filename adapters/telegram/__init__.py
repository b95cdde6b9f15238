"""Telegram: `TelegramAdapter` by long polling, or by a webhook that somebody's web server serves."""

from adapters.telegram.adapter import NotListening, TelegramAdapter, Webhook, WrongSecret

__all__ = ["NotListening", "TelegramAdapter", "Webhook", "WrongSecret"]

"""The rule book: one family per file, and ALL_RULES written out."""

from ccm_core.rules.book import ALL_RULES, find_rule

__all__ = ["ALL_RULES", "find_rule"]

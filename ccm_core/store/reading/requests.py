"""Claim lines as what somebody means to bill in a month, and as history."""

from __future__ import annotations

from ccm_core.case_building import once_codes, program_codes, request_of, split_claims

__all__ = ["once_codes", "program_codes", "request_of", "split_claims"]

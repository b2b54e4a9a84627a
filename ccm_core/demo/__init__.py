"""An invented practice to look at: a year of enrollment, time, claims and the mess of real life."""

from ccm_core.demo.building import SEED, build, build_blocks
from ccm_core.demo.loading import load, local_today
from ccm_core.demo.shape import PRACTICE_ID, DemoPractice

__all__ = ["PRACTICE_ID", "SEED", "DemoPractice", "build", "build_blocks", "load", "local_today"]

"""Which messages of a browser come from a person, so that timers never extend a sign-in."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg


def is_user_action(frame: bytes) -> bool:
    """Whether a frame asks for a rerun that no timer of the page asked for."""
    message = BackMsg()
    try:
        message.ParseFromString(frame)
    except DecodeError:
        return False
    if message.WhichOneof("type") != "rerun_script":
        return False
    return not message.rerun_script.is_auto_rerun

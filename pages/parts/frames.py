"""What the gate must know of Streamlit's messages: who caused one, and whose tab it is."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


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


def tab_of(frame: bytes) -> str:
    """The session id that a frame to the browser hands out; empty in every other frame."""
    message = ForwardMsg()
    try:
        message.ParseFromString(frame)
    except DecodeError:
        return ""
    if message.WhichOneof("type") != "new_session":
        return ""
    return str(message.new_session.initialize.session_id)

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


SERVED = frozenset({
    "rerun_script", "stop_script", "file_urls_request", "app_heartbeat", "load_git_info",
})  # fmt: skip
"""What a browser has to ask. Left out: emptying the caches of everybody, settings for
developers, installing things on the server."""


def is_served(frame: bytes) -> bool:
    """Whether a frame asks for something that the pages need."""
    message = BackMsg()
    try:
        message.ParseFromString(frame)
    except DecodeError:
        return False
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":  # the next rows of a large table
        return bool(message.backend_operation_request.HasField("dataframe_chunk"))
    return kind in SERVED


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

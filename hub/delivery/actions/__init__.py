"""The only writers of messages and of the ways to reach people. Each is one transaction: lock, check, write, audit."""

from hub.delivery.actions.messages import (
    DELIVER,
    DELIVER_TOGETHER,
    Draft,
    acknowledge_message,
    look_again,
    mark_seen,
    queue_deliveries,
    receipt_of,
    send_message,
    send_messages,
    settle_pages,
    write_receipt,
)
from hub.delivery.actions.methods import (
    add_contact_method,
    change_contact_method,
    new_code,
    note_code_problem,
    remove_contact_method,
    send_code_again,
    verify_contact_method,
)
from hub.delivery.actions.phone_numbers import set_phone_number

__all__ = [
    "DELIVER",
    "DELIVER_TOGETHER",
    "Draft",
    "acknowledge_message",
    "add_contact_method",
    "change_contact_method",
    "look_again",
    "mark_seen",
    "new_code",
    "note_code_problem",
    "queue_deliveries",
    "receipt_of",
    "remove_contact_method",
    "send_code_again",
    "send_message",
    "send_messages",
    "set_phone_number",
    "settle_pages",
    "verify_contact_method",
    "write_receipt",
]

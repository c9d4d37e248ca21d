"""The README's state diagram, drawn from the table of transitions."""

from __future__ import annotations

from edge.core.order import TRANSITIONS, OrderState

BEGINS_AT = OrderState.EXPECTED


def mermaid() -> str:
    """The diagram as Mermaid text, one arrow a line, in the order of the states."""
    arrows = [
        f"    {before} --> {after}"
        for before in OrderState
        for after in OrderState
        if after in TRANSITIONS[before]
    ]
    ends = [f"    {state} --> [*]" for state in OrderState if not TRANSITIONS[state]]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {BEGINS_AT}", *arrows, *ends])


if __name__ == "__main__":
    print(mermaid())  # noqa: T201 - this is its purpose

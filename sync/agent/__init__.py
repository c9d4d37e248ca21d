"""The agent: one loop that ties outbox, broker and orders API to the agent's own file."""

from sync.agent.loop import Agent, AgentReport, Stop

__all__ = ["Agent", "AgentReport", "Stop"]

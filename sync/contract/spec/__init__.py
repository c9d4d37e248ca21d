"""The contract for machines: JSON Schema of every payload, AsyncAPI for MQTT, OpenAPI for HTTP.

Rule: patterns, enumerations and bounds come from the code that enforces them; only prose is here.
"""

"""The sync agent, and the side of the contract that it shares with the cloud."""

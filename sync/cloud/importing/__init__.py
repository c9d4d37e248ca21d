"""From files that people and shops have to drafts of orders; every bad row is named."""

"""The handshake with Atlassian: the descriptor, the lifecycle calls, and who stands behind every incoming token."""

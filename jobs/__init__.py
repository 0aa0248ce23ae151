"""What workers do.

A task may be lost, repeated or run twice at once: the truth is in the queue's streams and the database.
"""

"""What the table does, whoever keeps the sessions and whatever speaks HTTP: written once, for threads and for asyncio."""

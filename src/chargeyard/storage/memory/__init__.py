"""The ports in memory, for tests and trials: nothing survives the process. They pass the same contract suite."""

from chargeyard.storage.memory.journal import MemoryJournal, MemoryMessageSink, MemorySequences
from chargeyard.storage.memory.store import MemoryStore

__all__ = ["MemoryJournal", "MemoryMessageSink", "MemorySequences", "MemoryStore"]

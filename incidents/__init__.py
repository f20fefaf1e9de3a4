"""Judge: from signals to verdicts, from verdicts to incidents, and what is owed to whom."""

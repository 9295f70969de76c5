"""Whether an adapter helps: paired differences on unseen songs, the verdict, report and card."""

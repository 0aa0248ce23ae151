"""Starting Crosswalk: on one machine for a first look (`local`), and examples for real servers."""

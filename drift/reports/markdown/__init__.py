"""Reports as Markdown for a merge request, within the size that a comment may have."""

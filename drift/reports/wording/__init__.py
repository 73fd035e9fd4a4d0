"""The words of reports: sentences, titles and names, made safe for every medium and translated."""

"""The words of reports: sentences, titles and names, escaped for every medium and translated. Imports no medium."""

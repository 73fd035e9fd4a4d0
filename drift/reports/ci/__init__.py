"""Reports in the formats that CI services read: JUnit, SARIF, annotations, step outputs and Code Quality."""

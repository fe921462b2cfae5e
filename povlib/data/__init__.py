"""Tables in: standards, schemas, reading and checking, and the embedded data set."""

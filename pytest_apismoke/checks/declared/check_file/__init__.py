"""Files with declared checks: the file, its keys, their values, the rules between them."""
